// One zoom for all pictures of the grid: the keys, two fingers and a drag on one of them move all.
const MOST_ZOOM = 8,
  MARGIN = 1.2; // of the object's box
const WHOLE = [0, 0, 1, 1];
const find = (name) => element.querySelector(name);
const value = () => props.value || {};
const cards = find('.grid-cards');
const view = { zoom: 1, x: 0.5, y: 0.5 };
const within = (low, high, number) => Math.min(high, Math.max(low, number));

// The view of a box, which holds its left, top, right and bottom as fractions of the picture.
const viewOf = ([left, top, right, bottom]) => {
  const size = Math.max(right - left, bottom - top) * MARGIN;
  const zoom = within(1, MOST_ZOOM, 1 / size);
  const reach = 0.5 / zoom;
  return {
    zoom,
    x: within(reach, 1 - reach, (left + right) / 2),
    y: within(reach, 1 - reach, (top + bottom) / 2),
  };
};
const near = (a, b) => ['zoom', 'x', 'y'].every((key) => Math.abs(a[key] - b[key]) < 1e-3);
// The point (x, y) of every picture, as fractions of its sides, is in the middle of its card.
const applyZoom = () => {
  const reach = 0.5 / view.zoom;
  view.x = within(reach, 1 - reach, view.x);
  view.y = within(reach, 1 - reach, view.y);
  cards.style.setProperty('--zoom', view.zoom);
  cards.style.setProperty('--x', `${(0.5 - view.x) * 100}%`);
  cards.style.setProperty('--y', `${(0.5 - view.y) * 100}%`);
  cards.classList.toggle('zoomed', view.zoom > 1);
  const places = { object: viewOf(value().box || WHOLE), whole: viewOf(WHOLE) };
  for (const name of ['object', 'whole'])
    find(`[data-do=${name}]`).setAttribute('aria-pressed', String(near(view, places[name])));
};
const showBox = (box) => {
  Object.assign(view, viewOf(box));
  applyZoom();
};
const zoomAt = (zoom, frame, clientX, clientY) => {
  const box = frame.getBoundingClientRect();
  const fx = (clientX - box.left) / box.width - 0.5,
    fy = (clientY - box.top) / box.height - 0.5;
  const next = within(1, MOST_ZOOM, zoom);
  view.x += fx / view.zoom - fx / next;
  view.y += fy / view.zoom - fy / next;
  view.zoom = next;
  applyZoom();
};

let drag = null,
  moved = false;
// A plain wheel scrolls the page; browsers report a pinch on a touchpad as a wheel with ctrlKey.
cards.addEventListener(
  'wheel',
  (event) => {
    const frame = event.target.closest('.grid-frame');
    if (!frame || !event.ctrlKey) return;
    event.preventDefault();
    zoomAt(view.zoom * Math.exp(-event.deltaY * 0.01), frame, event.clientX, event.clientY);
  },
  { passive: false },
);
// One finger scrolls the page, two fingers move the pictures.
cards.addEventListener(
  'touchmove',
  (event) => {
    if (event.touches.length === 2) event.preventDefault();
  },
  { passive: false },
);
const spreadOf = (pointers) => {
  const [a, b] = [...pointers.values()];
  return {
    x: (a.clientX + b.clientX) / 2,
    y: (a.clientY + b.clientY) / 2,
    size: Math.hypot(a.clientX - b.clientX, a.clientY - b.clientY),
  };
};
const fingers = new Map();
cards.addEventListener('pointerdown', (event) => {
  moved = false;
  const frame = event.target.closest('.grid-frame');
  if (!frame) return;
  fingers.set(event.pointerId, event);
  if (fingers.size === 2) drag = { frame, pinch: spreadOf(fingers) };
  else if (view.zoom > 1 && event.pointerType !== 'touch')
    drag = { frame, id: event.pointerId, x: event.clientX, y: event.clientY };
});
cards.addEventListener('pointermove', (event) => {
  if (fingers.has(event.pointerId)) fingers.set(event.pointerId, event);
  if (!drag?.pinch || fingers.size !== 2) return;
  const now = spreadOf(fingers),
    box = drag.frame.getBoundingClientRect();
  moved = true;
  view.x -= (now.x - drag.pinch.x) / box.width / view.zoom;
  view.y -= (now.y - drag.pinch.y) / box.height / view.zoom;
  zoomAt((view.zoom * now.size) / drag.pinch.size, drag.frame, now.x, now.y);
  drag.pinch = now;
});
cards.addEventListener('pointermove', (event) => {
  if (!drag || drag.id !== event.pointerId) return;
  const box = drag.frame.getBoundingClientRect(),
    dx = event.clientX - drag.x,
    dy = event.clientY - drag.y;
  if (Math.abs(dx) + Math.abs(dy) < 3 && !moved) return;
  moved = true;
  view.x -= dx / box.width / view.zoom;
  view.y -= dy / box.height / view.zoom;
  drag.x = event.clientX;
  drag.y = event.clientY;
  applyZoom();
});
for (const end of ['pointerup', 'pointercancel', 'pointerleave'])
  cards.addEventListener(end, (event) => {
    fingers.delete(event.pointerId);
    drag = null;
  });
