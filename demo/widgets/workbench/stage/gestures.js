// Moves the split line, the picture and the zoom with mouse, fingers and keys.
import { spread } from './fingers.js';

const STEPS = { ArrowLeft: -0.02, ArrowRight: 0.02, Home: -1, End: 1 };

export const stageGestures = (bench, element, stage) => {
  const view = stage.element;
  const handle = element.querySelector('.wb-handle');
  const fingers = new Map();
  let drag = null;
  const movesLine = () => element.dataset.mode === 'split';

  const onDown = (event) => {
    // A captured pointer would take the click from a button.
    if (!bench.document || event.button || event.target.closest('button, a, input')) return;
    fingers.set(event.pointerId, event);
    view.setPointerCapture(event.pointerId);
    if (fingers.size === 2) {
      drag = { pinch: spread(fingers) };
      return;
    }
    const onHandle = event.target.closest('.wb-handle');
    drag = { pan: stage.zoom > 1 && !onHandle, x: event.clientX, y: event.clientY };
    if (!drag.pan && movesLine()) stage.moveLine(event.clientX);
  };
  const onMove = (event) => {
    if (!fingers.has(event.pointerId) || !drag) return;
    fingers.set(event.pointerId, event);
    if (drag.pinch) {
      if (fingers.size !== 2) return;
      const now = spread(fingers);
      stage.moveBy(now.clientX - drag.pinch.clientX, now.clientY - drag.pinch.clientY);
      stage.zoomBy(now.size / drag.pinch.size, now);
      drag.pinch = now;
    } else if (drag.pan) {
      stage.moveBy(event.clientX - drag.x, event.clientY - drag.y);
      Object.assign(drag, { x: event.clientX, y: event.clientY });
    } else if (movesLine()) stage.moveLine(event.clientX);
  };
  const onEnd = (event) => {
    fingers.delete(event.pointerId);
    drag = null;
  };
  view.addEventListener('pointerdown', onDown);
  view.addEventListener('pointermove', onMove);
  view.addEventListener('pointerup', onEnd);
  view.addEventListener('pointercancel', onEnd);
  view.addEventListener('dblclick', (event) => stage.zoomTo(stage.zoom > 1 ? 1 : 3, event));
  view.addEventListener(
    'wheel',
    (event) => {
      // Without zoom a plain wheel scrolls the page; browsers report a pinch as a wheel with ctrlKey.
      if (!bench.document || (!event.ctrlKey && stage.zoom === 1)) return;
      event.preventDefault();
      stage.zoomBy(Math.exp(-event.deltaY / 200), event);
    },
    { passive: false },
  );
  handle.addEventListener('keydown', (event) => {
    if (event.key in STEPS) {
      stage.setSplit(stage.split + STEPS[event.key] * (event.shiftKey ? 5 : 1));
      event.preventDefault();
    }
    if (event.key === ' ') {
      stage.hold(true);
      event.preventDefault();
    }
  });
  handle.addEventListener('keyup', (event) => {
    if (event.key === ' ') stage.hold(false);
  });
  handle.addEventListener('blur', () => stage.hold(false));
};
