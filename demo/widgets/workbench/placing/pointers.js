// Turns pointers into movements of an object: one finger or the mouse on the object or a handle, two fingers anywhere.
import { begun, placed } from './gesture.js';

const STILL = 5; // CSS pixels that a tap may move
const TWICE = 350; // milliseconds between two taps
const LABELS = { body: 'Move the object', corner: 'Scale the object', turn: 'Turn the object' };
const TWO = 'Place the object';

// hands: {target(event), pointOf(point, scene), sceneOf(object), moving, select(id), onBegin(), onEnd(), onTwice()}.
export const createPointers = (view, frame, hands) => {
  const { moving } = hands;
  const pointers = new Map(); // id -> {x, y} on the screen
  let gesture = null;
  let scene = null;
  let label = '';
  let tap = null; // where the pointer was pressed, until it moves
  let last = { time: 0, x: 0, y: 0 }; // the last tap
  let twiceAt = 0; // the time of the last double tap

  const points = () => [...pointers.values()].map((point) => hands.pointOf(point, scene));
  const stop = (event) => {
    event.stopPropagation();
    if (event.cancelable) event.preventDefault();
  };
  const keep = (event) => pointers.set(event.pointerId, { x: event.clientX, y: event.clientY });
  // Goes on from where the object is, with the pointers as they are now.
  const restart = () => {
    gesture = begun(gesture.part, moving.placementOf(moving.id), points(), scene, gesture.corner);
  };
  const finish = (text) => {
    pointers.clear();
    gesture = null;
    tap = null;
    moving.end(text);
    hands.onEnd();
  };
  const begin = (event, { part, object, corner }) => {
    hands.select(object.id);
    if (!moving.begin(object)) return;
    stop(event);
    scene = hands.sceneOf(object);
    keep(event);
    label = LABELS[part];
    gesture = begun(part, moving.placementOf(object.id), points(), scene, corner);
    tap = { x: event.clientX, y: event.clientY };
    view.setPointerCapture(event.pointerId);
    frame.root.dataset.hand = 'pointer';
    const handle = part === 'body' ? frame.box : event.target.closest('[data-part]');
    if (handle.tabIndex >= 0) handle.focus({ preventScroll: true });
    hands.onBegin();
  };
  const onDown = (event) => {
    if (gesture) {
      stop(event);
      if (pointers.size > 1 || event.button) return;
      keep(event);
      label = TWO;
      tap = null;
      restart();
      return;
    }
    const found = event.button ? null : hands.target(event);
    // The stage would take the pointer, and with it the click on the button.
    if (found?.part === 'flip') event.stopPropagation();
    else if (found) begin(event, found);
  };
  const onMove = (event) => {
    if (!gesture) {
      if (event.pointerType === 'mouse' && !event.buttons)
        view.classList.toggle('wb-over-object', hands.target(event)?.part === 'body');
      return;
    }
    event.stopPropagation();
    if (!pointers.has(event.pointerId)) return;
    if (tap && Math.hypot(event.clientX - tap.x, event.clientY - tap.y) < STILL) return;
    tap = null;
    keep(event);
    moving.move(placed(gesture, points(), scene.picture, event.shiftKey));
  };
  const onUp = (event) => {
    if (!gesture || !pointers.has(event.pointerId)) return;
    event.stopPropagation();
    if (!tap) {
      pointers.delete(event.pointerId);
      if (pointers.size) restart();
      else finish(label);
      return;
    }
    const { part } = gesture;
    finish(null);
    if (part === 'body') onTap(event);
  };
  const onTap = ({ clientX, clientY, timeStamp }) => {
    const near = Math.hypot(clientX - last.x, clientY - last.y) < 6 * STILL;
    const twice = near && timeStamp - last.time < TWICE;
    last = { time: twice ? 0 : timeStamp, x: clientX, y: clientY };
    if (!twice) return;
    twiceAt = timeStamp;
    hands.onTwice();
  };
  const cancel = (event) => {
    if (!gesture) return;
    stop(event);
    finish(null);
  };

  const first = { capture: true, passive: false };
  view.addEventListener('pointerdown', onDown, first);
  view.addEventListener('pointermove', onMove, first);
  view.addEventListener('pointerup', onUp, first);
  view.addEventListener('pointercancel', (event) => pointers.has(event.pointerId) && cancel(event), first);
  // Without this a finger on the object would scroll the page.
  view.addEventListener('touchstart', (event) => gesture && event.preventDefault(), first);
  // The stage would zoom; the object may have moved away since the second click.
  const onDouble = (event) => (event.timeStamp - twiceAt < TWICE || hands.target(event)) && stop(event);
  view.addEventListener('dblclick', onDouble, first);
  addEventListener('keydown', (event) => event.key === 'Escape' && cancel(event), first);
  return {
    get active() {
      return Boolean(gesture);
    },
  };
};
