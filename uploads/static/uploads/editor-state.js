/* What the editor's fields say, as one value: the fields are the truth, this reads and writes them.

   {rotate, flip_horizontal, flip_vertical, crop: [x, y, width, height] | null, blackouts: [[…], …],
   and a number for each slider}. Rectangles are in pixels of the upright original. */
const NEUTRAL = { angle: 0, brightness: 0, contrast: 0, gamma: 1, sharpness: 0, local_contrast: 0 };
const KEYS = { angle: "degrees", gamma: "value" }; // of a step; of all others: amount
const AXES = ["horizontal", "vertical"];

export const SLIDERS = Object.keys(NEUTRAL);

export function neutral(name) {
  return NEUTRAL[name];
}

function rectangle(text) {
  const numbers = (text.match(/-?\d+/g) ?? []).map(Number);
  return numbers.length === 4 ? numbers : null;
}

export function read({ elements }) {
  const number = (name) => {
    const value = Number.parseFloat(elements[name].value);
    return Number.isFinite(value) ? value : NEUTRAL[name];
  };
  return {
    rotate: Number(elements.rotate.value),
    flip_horizontal: elements.flip_horizontal.checked,
    flip_vertical: elements.flip_vertical.checked,
    crop: rectangle(elements.crop.value),
    blackouts: elements.blackouts.value.split("\n").map(rectangle).filter(Boolean),
    ...Object.fromEntries(SLIDERS.map((name) => [name, number(name)])),
  };
}

export function write({ elements }, state) {
  elements.rotate.value = String(state.rotate);
  elements.flip_horizontal.checked = state.flip_horizontal;
  elements.flip_vertical.checked = state.flip_vertical;
  elements.crop.value = state.crop?.join(" ") ?? "";
  elements.blackouts.value = state.blackouts.map((each) => each.join(" ")).join("\n");
  for (const name of SLIDERS) {
    // What is being typed stays as it is typed.
    if (Number.parseFloat(elements[name].value) !== state[name]) elements[name].value = state[name];
  }
}

function numbers(state, names) {
  return names
    .filter((name) => state[name] !== NEUTRAL[name])
    .map((name) => ({ op: name, [KEYS[name] ?? "amount"]: state[name] }));
}

/** The recipe of everything, as text. */
export function recipeOf(state) {
  const steps = [];
  if (state.blackouts.length) steps.push({ op: "blackout", rects: state.blackouts });
  if (state.crop) steps.push({ op: "crop", rect: state.crop });
  if (state.rotate) steps.push({ op: "rotate", degrees: state.rotate });
  steps.push(...AXES.filter((axis) => state[`flip_${axis}`]).map((axis) => ({ op: "flip", axis })));
  return JSON.stringify({ version: 1, steps: [...steps, ...numbers(state, SLIDERS)] });
}

/** The recipe of what can be seen on the whole, upright picture. */
export function tonesOf(state) {
  const tones = SLIDERS.filter((name) => name !== "angle");
  return JSON.stringify({ version: 1, steps: numbers(state, tones) });
}

export const ORIGINAL = JSON.stringify({ version: 1, steps: [] });
