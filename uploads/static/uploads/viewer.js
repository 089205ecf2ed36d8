/* Binds [data-viewer]: shows its picture so that one can go close, turn it and look through aids.
   Without it, or until it is ready, the plain picture stands there. */
import { formatPercent } from "./format.js";
import { aidsOf } from "./viewer-aids.js";
import { bindKeys } from "./viewer-keys.js";
import { movesOf } from "./viewer-moves.js";
import { decoded, sourceOf } from "./viewer-source.js";
import { bindVersions } from "./viewer-versions.js";

const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
const byTouch = matchMedia("(pointer: coarse)");
const SEEN = 8; // screen pixels for each of the picture, at the most
const CLOSER = 4; // times the whole picture, for small ones

/* OpenSeadragon adds a style element to the head unless it finds one of its own, and the content
   policy forbids such. This stands in for it; being no element of HTML, it styles nothing. */
function standIn() {
  const found = document.createElementNS("urn:fundus", "style");
  found.setAttribute("data-openseadragon-mobile-css", "true");
  document.head.append(found);
}

function opened(stage) {
  standIn();
  return new OpenSeadragon.Viewer({
    element: stage,
    drawer: "canvas",
    prefixUrl: "",
    showNavigationControl: false,
    keyboardNavEnabled: false,
    tabIndex: 0,
    preserveViewport: true, // one version takes the other's place
    animationTime: still ? 0 : 0.15,
    visibilityRatio: 1,
    constrainDuringPan: true,
    minZoomImageRatio: 1,
    zoomPerScroll: 1.25,
    maxImageCacheCount: 80,
    gestureSettingsMouse: { clickToZoom: false, dblClickToZoom: true },
    gestureSettingsPen: { clickToZoom: false, dblClickToZoom: true },
  });
}

function nameCanvas(view, stage) {
  view.canvas.setAttribute("role", "application");
  view.canvas.setAttribute("aria-label", stage.dataset.label);
}

function limitZoom({ viewport }) {
  const closest = viewport.imageToViewportZoom(SEEN);
  viewport.maxZoomLevel = Math.max(closest, viewport.getHomeZoom() * CLOSER);
}

function followZoom(view, viewer, moves) {
  const text = viewer.querySelector("[data-zoom-text]");
  const tell = () => {
    const shown = view.viewport.viewportToImageZoom(view.viewport.getZoom(true));
    text.textContent = formatPercent(shown);
    // A finger moves the page where there is nothing to move in the picture.
    view.setCooperativeGestures(byTouch.matches && moves.isWhole() && !document.fullscreenElement);
  };
  for (const what of ["open", "animation", "resize"]) view.addHandler(what, tell);
  view.addHandler("canvas-cooperative-gesture", (event) => (event.preventDefaultAction = true));
}

function fullScreen(viewer) {
  const button = viewer.querySelector("[data-do=full-screen]");
  button.hidden = !document.fullscreenEnabled;
  document.addEventListener("fullscreenchange", () => {
    button.setAttribute("aria-pressed", String(document.fullscreenElement === viewer));
  });
  return () => (document.fullscreenElement ? document.exitFullscreen() : viewer.requestFullscreen());
}

function bind(viewer) {
  const stage = viewer.querySelector("[data-stage]");
  const plain = stage.querySelector("[data-picture]");
  const note = stage.querySelector("[data-note]");
  const pictures = new Map([[plain.getAttribute("src"), plain]]);
  const view = opened(stage);
  nameCanvas(view, stage);
  const moves = movesOf(view);
  followZoom(view, viewer, moves);

  /** True once the picture at `address` stands in the view. */
  async function show(address) {
    note.textContent = note.dataset.loading;
    try {
      const image = await decoded(pictures.get(address) ?? new Image(), address);
      pictures.set(address, image);
      await placed(view, image);
    } catch {
      note.textContent = note.dataset.failed;
      return false;
    }
    note.textContent = "";
    return true;
  }

  const other = bindVersions(viewer, show);
  const actions = {
    ...moves.actions,
    ...aidsOf(viewer, stage),
    "full-screen": fullScreen(viewer),
    ...(other && { "other-version": other }),
  };
  viewer.addEventListener("click", ({ target }) => {
    actions[target.closest("[data-do]")?.dataset.do]?.();
  });
  bindKeys(viewer, stage, actions, moves.push);
  show(plain.getAttribute("src")).then((done) => stage.classList.toggle("is-live", done));
}

/** Puts the image in the place of the one before, if any; the view stays as it is. */
function placed(view, image) {
  const isFirst = view.world.getItemCount() === 0;
  return new Promise((resolve, reject) => {
    view.addTiledImage({
      tileSource: sourceOf(image),
      index: 0,
      replace: !isFirst,
      error: reject,
      success: ({ item }) => {
        if (isFirst) view.viewport.goHome(true);
        limitZoom(view);
        view.raiseEvent("animation");
        item.addOnceHandler("fully-loaded-change", resolve);
      },
    });
  });
}

for (const viewer of document.querySelectorAll("[data-viewer]")) bind(viewer);
