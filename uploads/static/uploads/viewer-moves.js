/* Zooming, moving and turning the view, by the names of buttons and keys. */
const STEP = 1.5; // of the zoom
const PUSH = 0.15; // of what is in sight
const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
const HARDLY = 1.01;

export function movesOf(view) {
  const port = view.viewport;
  const isWhole = () => port.getZoom() <= port.getHomeZoom() * HARDLY;

  function zoom(factor) {
    port.zoomBy(factor);
    port.applyConstraints();
  }

  function rotate() {
    const wasWhole = isWhole();
    port.setRotation(port.getRotation() + 90);
    if (wasWhole) port.goHome();
    else port.applyConstraints();
  }

  /** Moves a zoomed picture the way of an arrow key; false where there is nothing to move. */
  function push(key) {
    const way = ARROWS[key];
    if (!way || isWhole()) return false;
    const { width, height } = port.getBoundsNoRotate();
    const by = new OpenSeadragon.Point(way[0] * width * PUSH, way[1] * height * PUSH);
    port.panBy(by.rotate(-port.getRotation()));
    port.applyConstraints();
    return true;
  }

  return {
    isWhole,
    push,
    actions: {
      "zoom-in": () => zoom(STEP),
      "zoom-out": () => zoom(1 / STEP),
      home: () => port.goHome(),
      rotate,
    },
  };
}
