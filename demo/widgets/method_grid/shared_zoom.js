// One zoom for all pictures of the grid: wheel, pinch and drag on one of them move all.
const find = (name) => element.querySelector(name);
const cards = find('.grid-cards');
const view = { zoom: 1, x: 0.5, y: 0.5 };

// The point (x, y) of every picture, as fractions of its sides, is in the middle of its card.
const applyZoom = () => {
  const reach = 0.5 / view.zoom;
  view.x = Math.min(1 - reach, Math.max(reach, view.x));
  view.y = Math.min(1 - reach, Math.max(reach, view.y));
  cards.style.setProperty('--zoom', view.zoom);
  cards.style.setProperty('--x', `${(0.5 - view.x) * 100}%`);
  cards.style.setProperty('--y', `${(0.5 - view.y) * 100}%`);
  cards.classList.toggle('zoomed', view.zoom > 1);
  for (const button of element.querySelectorAll('[data-zoom]'))
    button.setAttribute('aria-pressed', String(Number(button.dataset.zoom) === view.zoom));
};
const zoomAt = (zoom, frame, clientX, clientY) => {
  const box = frame.getBoundingClientRect();
  const fx = (clientX - box.left) / box.width - 0.5,
    fy = (clientY - box.top) / box.height - 0.5;
  const next = Math.min(8, Math.max(1, zoom));
  view.x += fx / view.zoom - fx / next;
  view.y += fy / view.zoom - fy / next;
  view.zoom = next;
  applyZoom();
};

let drag = null,
  moved = false;
cards.addEventListener(
  'wheel',
  (event) => {
    const frame = event.target.closest('.grid-frame');
    // Without zoom a plain wheel scrolls the page; browsers report a pinch as a wheel with ctrlKey.
    if (!frame || (view.zoom === 1 && !event.ctrlKey)) return;
    event.preventDefault();
    zoomAt(
      view.zoom * Math.exp(-event.deltaY * (event.ctrlKey ? 0.01 : 0.002)),
      frame,
      event.clientX,
      event.clientY,
    );
  },
  { passive: false },
);
const fingers = new Map();
const spread = () => {
  const [a, b] = [...fingers.values()];
  return {
    x: (a.clientX + b.clientX) / 2,
    y: (a.clientY + b.clientY) / 2,
    size: Math.hypot(a.clientX - b.clientX, a.clientY - b.clientY),
  };
};
cards.addEventListener('pointerdown', (event) => {
  moved = false;
  const frame = event.target.closest('.grid-frame');
  if (!frame) return;
  fingers.set(event.pointerId, event);
  if (fingers.size === 2) drag = { frame, pinch: spread() };
  else if (view.zoom > 1) drag = { frame, id: event.pointerId, x: event.clientX, y: event.clientY };
});
cards.addEventListener('pointermove', (event) => {
  if (fingers.has(event.pointerId)) fingers.set(event.pointerId, event);
  if (!drag?.pinch || fingers.size !== 2) return;
  const now = spread(),
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
