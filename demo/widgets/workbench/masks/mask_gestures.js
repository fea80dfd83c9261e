// Turns mouse, pen, fingers and keys above the picture into strokes, boxes, clicks, zoom and movement.
import { spread } from '../stage/fingers.js';

const KEY_STEP = 0.01; // of the picture's width; with Shift ten times as much
const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
const LEAST_BOX = 0.01; // of width and height
const LEAST_DRAG = 0.03; // of them: with a tool for clicks, what is shorter is a click

const boxOf = (a, b) => [Math.min(a.x, b.x), Math.min(a.y, b.y), Math.max(a.x, b.x), Math.max(a.y, b.y)];
const inside = ({ x, y }) => ({ x: Math.min(1, Math.max(0, x)), y: Math.min(1, Math.max(0, y)) });

// tool(): the tool in hand: 'add', 'remove', 'box', 'brush', 'eraser' or 'move'.
// on: {point(place), box([x0, y0, x1, y1]), stroke(from, to), end(), cancel(), hover(place | null), boxing(box | null)}; places are {x, y} in 0-1.
export const maskGestures = (element, view, tool, on) => {
  const fingers = new Map();
  let action = null;
  let spaceHeld = false;
  let cursor = null; // of the keys
  let corner = null; // of a box that is being made by keys

  const paints = () => tool() === 'brush' || tool() === 'eraser';
  const onDown = (event) => {
    if (event.button > 1) return;
    event.preventDefault();
    element.focus({ preventScroll: true });
    element.setPointerCapture(event.pointerId);
    fingers.set(event.pointerId, event);
    cursor = null;
    if (fingers.size === 2) {
      if (action?.kind === 'stroke') on.cancel();
      on.boxing(null);
      action = { kind: 'pinch', from: spread(fingers) };
      return;
    }
    if (fingers.size > 2) return;
    const place = view.at(event);
    if (event.button === 1 || spaceHeld || tool() === 'move')
      action = { kind: 'move', x: event.clientX, y: event.clientY };
    else if (paints()) {
      action = { kind: 'stroke', last: place };
      on.stroke(place, place);
    } else action = { kind: tool(), start: place };
  };
  const moves = {
    pinch() {
      if (fingers.size !== 2) return;
      const now = spread(fingers);
      view.moveBy(now.clientX - action.from.clientX, now.clientY - action.from.clientY);
      view.zoomBy(now.size / action.from.size, now);
      action.from = now;
    },
    move(event) {
      view.moveBy(event.clientX - action.x, event.clientY - action.y);
      Object.assign(action, { x: event.clientX, y: event.clientY });
    },
    stroke(event) {
      const steps = event.getCoalescedEvents?.() ?? [];
      for (const step of steps.length ? steps : [event]) {
        const place = view.at(step);
        on.stroke(action.last, place);
        action.last = place;
      }
    },
    box: (event) => on.boxing(boxOf(inside(action.start), inside(view.at(event)))),
    // A click adds a part; people who draw a box around an object with this tool get what the box finds.
    add(event) {
      if (isBox(action.start, view.at(event), LEAST_DRAG)) moves.box(event);
    },
  };
  const onMove = (event) => {
    on.hover(event.pointerType === 'touch' ? null : view.at(event));
    if (!fingers.has(event.pointerId)) return;
    fingers.set(event.pointerId, event);
    if (action) moves[action.kind]?.(event);
  };
  const isBox = (a, b, least) => {
    const box = boxOf(inside(a), inside(b));
    return box[2] - box[0] > least && box[3] - box[1] > least;
  };
  const finishBox = (a, b) => {
    on.boxing(null);
    if (isBox(a, b, LEAST_BOX)) on.box(boxOf(inside(a), inside(b)));
  };
  const onUp = (event) => {
    fingers.delete(event.pointerId);
    const ended = action;
    action = fingers.size ? { kind: 'rest' } : null;
    if (!ended) return;
    if (ended.kind === 'stroke') on.end();
    else if (ended.kind === 'box' || (ended.kind === 'add' && isBox(ended.start, view.at(event), LEAST_DRAG)))
      finishBox(ended.start, view.at(event));
    else if (ended.kind === 'add' || ended.kind === 'remove') {
      const { x, y } = ended.start;
      if (x >= 0 && x <= 1 && y >= 0 && y <= 1) on.point(ended.start, ended.kind === 'add' && !event.altKey);
    }
  };
  const onCancel = (event) => {
    fingers.delete(event.pointerId);
    if (action?.kind === 'stroke') on.end();
    on.boxing(null);
    action = null;
  };

  const apply = () => {
    if (paints()) {
      on.stroke(cursor, cursor);
      on.end();
    } else if (tool() === 'box') {
      if (corner) finishBox(corner, cursor);
      corner = corner ? null : cursor;
    } else if (tool() !== 'move') on.point(cursor, tool() === 'add');
  };
  const onKey = (event) => {
    if (event.ctrlKey || event.metaKey) return;
    if (event.key === ' ' && tool() !== 'move' && !cursor) {
      spaceHeld = true;
      event.preventDefault();
    } else if (event.key in ARROWS) {
      const [x, y] = ARROWS[event.key];
      event.preventDefault();
      if (tool() === 'move') {
        view.moveBy(-40 * x, -40 * y);
        return;
      }
      const step = KEY_STEP * (event.shiftKey ? 10 : 1);
      const from = cursor ?? { x: 0.5, y: 0.5 };
      cursor = inside({ x: from.x + step * x, y: from.y + (step * y * view.width) / view.height });
      on.hover(cursor);
      if (corner) on.boxing(boxOf(corner, cursor));
    } else if ((event.key === 'Enter' || event.key === ' ') && cursor) {
      event.preventDefault();
      apply();
    } else if (event.key === 'Escape' && (corner || cursor)) {
      event.preventDefault();
      event.stopPropagation();
      corner = null;
      cursor = null;
      on.boxing(null);
      on.hover(null);
    }
  };
  element.addEventListener('pointerdown', onDown);
  element.addEventListener('pointermove', onMove);
  element.addEventListener('pointerup', onUp);
  element.addEventListener('pointercancel', onCancel);
  element.addEventListener('pointerleave', () => on.hover(cursor));
  element.addEventListener('keydown', onKey);
  element.addEventListener('keyup', (event) => {
    if (event.key === ' ') spaceHeld = false;
  });
  element.addEventListener('blur', () => {
    spaceHeld = false;
  });
  element.addEventListener(
    'wheel',
    (event) => {
      event.preventDefault();
      view.zoomBy(Math.exp(-event.deltaY / 200), event);
    },
    { passive: false },
  );
};
