/* Where a place of the upright original lies in the result, and back; places are [x, y] in pixels. */
const quarter = ([x, y]) => [-y, x]; // clockwise, as seen

function turned([x, y], degrees) {
  const [cos, sin] = [Math.cos((degrees * Math.PI) / 180), Math.sin((degrees * Math.PI) / 180)];
  return [x * cos - y * sin, x * sin + y * cos];
}

function quarters(place, degrees) {
  let now = place;
  for (let n = (degrees / 90 + 4) % 4; n > 0; n -= 1) now = quarter(now);
  return now;
}

function flipped([x, y], state) {
  return [state.flip_horizontal ? -x : x, state.flip_vertical ? -y : y];
}

function keptOf(state, size) {
  const [x, y, width, height] = state.crop ?? [0, 0, size.width, size.height];
  return [x + width / 2, y + height / 2];
}

/** `size` is the original's, `result` that of the result. */
export function toResult(place, state, size, result) {
  const [x, y] = keptOf(state, size);
  const laid = flipped(quarters([place[0] - x, place[1] - y], state.rotate), state);
  const [across, down] = turned(laid, state.angle);
  return [across + result.width / 2, down + result.height / 2];
}

export function toOriginal(place, state, size, result) {
  const laid = turned([place[0] - result.width / 2, place[1] - result.height / 2], -state.angle);
  const [across, down] = quarters(flipped(laid, state), -state.rotate);
  const [x, y] = keptOf(state, size);
  return [across + x, down + y];
}
