/* The picture zoomed by a wheel with Ctrl or by two fingers, and moved by them, by the middle button
   or while the space bar is held. A wheel alone scrolls, as everywhere. */
const SPEED = 0.008; // of the zoom by a pixel of the wheel
const MOST = 50; // of a wheel at once
const LINE = 16; // pixels
const TYPING = "textarea, select, input:not([type=range], [type=checkbox], [type=radio])";
const CONTROL = "button, summary, a, input, select";

function bindWheel(zoom) {
  // While the pointer rests, it means the same place, also where there was no room to keep it there.
  let meant = null; // {key, place}
  const turn = (event) => {
    if (!event.ctrlKey && !event.metaKey) {
      meant = null;
      return;
    }
    event.preventDefault();
    const point = [event.clientX, event.clientY];
    if (meant?.key !== `${point} ${zoom.scale}`) meant = { place: zoom.placeAt(point) };
    const turned = event.deltaY * (event.deltaMode === WheelEvent.DOM_DELTA_LINE ? LINE : 1);
    const by = Math.min(Math.max(-MOST, turned), MOST);
    zoom.to(zoom.scale * Math.exp(-by * SPEED), meant.place, point);
    meant.key = `${point} ${zoom.scale}`;
  };
  // The frames keep wheels from those below.
  zoom.scroller.addEventListener("wheel", turn, { passive: false, capture: true });
}

function fingers({ touches: [one, other] }) {
  return {
    middle: [(one.clientX + other.clientX) / 2, (one.clientY + other.clientY) / 2],
    apart: Math.hypot(one.clientX - other.clientX, one.clientY - other.clientY) || 1,
  };
}

function bindPinch(zoom, onPinch) {
  let begun = null; // {scale, apart, place}
  const on = (kind, act) => zoom.scroller.addEventListener(kind, act, { passive: false });
  const end = () => (begun = null);
  on("touchstart", (event) => {
    end();
    if (event.touches.length !== 2) return;
    event.preventDefault();
    onPinch();
    const { middle, apart } = fingers(event);
    begun = { scale: zoom.scale, apart, place: zoom.placeAt(middle) };
  });
  on("touchmove", (event) => {
    if (!begun) return;
    if (event.cancelable) event.preventDefault();
    const { middle, apart } = fingers(event);
    zoom.to((begun.scale * apart) / begun.apart, begun.place, middle);
  });
  on("touchend", end);
  on("touchcancel", end);
}

/** Whether the space bar is held to take hold of the picture. */
function bindSpace(zoom, viewer) {
  let isHeld = false;
  let pressed = null; // the button last clicked, which has the focus but is not what is meant
  document.addEventListener("pointerdown", ({ target }) => (pressed = target.closest(CONTROL)));
  const hold = (held) => {
    isHeld = held;
    viewer.classList.toggle("is-hand", held);
  };
  document.addEventListener("keydown", (event) => {
    if (event.key === "Tab") pressed = null;
    if (event.key !== " " || event.target.closest(TYPING)) return;
    // Who came to a button by keys presses it; who points at the picture takes hold of it.
    const control = event.target.closest(CONTROL);
    if (control && control !== pressed) return;
    if (!isHeld && (zoom.isWhole || !zoom.scroller.matches(":hover"))) return;
    event.preventDefault();
    hold(true);
  });
  document.addEventListener("keyup", (event) => {
    if (event.key !== " " || !isHeld) return;
    event.preventDefault();
    hold(false);
  });
  addEventListener("blur", () => hold(false));
  return () => isHeld;
}

/** Whether the pointer is on a scroll bar. */
export function isOnBar({ target, offsetX, offsetY }, scroller) {
  return target === scroller && (offsetX >= scroller.clientWidth || offsetY >= scroller.clientHeight);
}

function bindDrag(zoom, viewer, isHeld) {
  const { scroller } = zoom;
  let at = null;
  const isLook = () => viewer.dataset.view === "result" || viewer.classList.contains("is-before");
  const takes = ({ button }) => button === 1 || (button === 0 && (isHeld() || isLook()));
  scroller.addEventListener(
    "pointerdown",
    (event) => {
      if (event.pointerType === "touch" || zoom.isWhole || !takes(event)) return;
      if (isOnBar(event, scroller)) return;
      event.preventDefault();
      event.stopPropagation();
      scroller.setPointerCapture(event.pointerId);
      viewer.classList.add("is-moving");
      at = [event.clientX, event.clientY];
    },
    { capture: true },
  );
  scroller.addEventListener("pointermove", ({ clientX, clientY }) => {
    if (!at) return;
    zoom.moveBy(at[0] - clientX, at[1] - clientY);
    at = [clientX, clientY];
  });
  for (const end of ["pointerup", "pointercancel"]) {
    scroller.addEventListener(end, () => {
      at = null;
      viewer.classList.remove("is-moving");
    });
  }
  // The middle button would start to scroll by itself.
  scroller.addEventListener("mousedown", (event) => event.button === 1 && event.preventDefault());
}

/** `onPinch()` when a second finger comes: what the first has begun was not meant. */
export function bindHands(zoom, viewer, onPinch) {
  bindWheel(zoom);
  bindPinch(zoom, onPinch);
  bindDrag(zoom, viewer, bindSpace(zoom, viewer));
}
