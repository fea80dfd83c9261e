// Shows one result large, with a zoom of its own.
const dialog = find('.grid-large'),
  sheet = find('.grid-large-sheet'),
  picture = find('.grid-large-image');
const MOST_LARGE = 16,
  HOLD_AFTER = 250; // milliseconds
const large = { zoom: 1, x: 0.5, y: 0.5 }; // zoom 1: the whole picture fits
let open = 0; // index of the method

// The width and height of the picture in pixels of the page.
const sizeAt = (zoom) => {
  const ratio = value().ratio || 1.5;
  const width = Math.min(sheet.clientWidth, sheet.clientHeight * ratio) * zoom;
  return { width, height: width / ratio };
};
const placeLarge = () => {
  const { width, height } = sizeAt(large.zoom);
  const reach = (room, side) => Math.min(0.5, room / side / 2);
  const [rx, ry] = [reach(sheet.clientWidth, width), reach(sheet.clientHeight, height)];
  large.x = within(rx, 1 - rx, large.x);
  large.y = within(ry, 1 - ry, large.y);
  const [left, top] = [sheet.clientWidth / 2 - large.x * width, sheet.clientHeight / 2 - large.y * height];
  Object.assign(picture.style, {
    width: `${width}px`,
    height: `${height}px`,
    transform: `translate(${left}px, ${top}px)`,
  });
  sharpen();
};
const showLarge = ([left, top, right, bottom]) => {
  const { width, height } = sizeAt(1);
  const across = sheet.clientWidth / (width * (right - left) * MARGIN),
    down = sheet.clientHeight / (height * (bottom - top) * MARGIN);
  large.zoom = within(1, MOST_LARGE, Math.min(across, down));
  large.x = (left + right) / 2;
  large.y = (top + bottom) / 2;
  placeLarge();
};
const zoomLarge = (factor, clientX, clientY) => {
  const area = sheet.getBoundingClientRect(),
    before = sizeAt(large.zoom);
  large.zoom = within(1, MOST_LARGE, large.zoom * factor);
  const after = sizeAt(large.zoom);
  const dx = (clientX ?? area.left + area.width / 2) - area.left - area.width / 2,
    dy = (clientY ?? area.top + area.height / 2) - area.top - area.height / 2;
  large.x += dx / before.width - dx / after.width;
  large.y += dy / before.height - dy / after.height;
  placeLarge();
};
const moveLarge = (dx, dy) => {
  const { width, height } = sizeAt(large.zoom);
  large.x -= dx / width;
  large.y -= dy / height;
  placeLarge();
};
const openLarge = (index) => {
  open = index;
  dialog.showModal();
  drawLarge();
  showLarge(view.zoom > 1 ? value().box || WHOLE : WHOLE);
};
const closeLarge = () => dialog.close();
new ResizeObserver(() => {
  if (dialog.open) placeLarge();
}).observe(sheet);

sheet.addEventListener(
  'wheel',
  (event) => {
    event.preventDefault();
    zoomLarge(Math.exp(-event.deltaY * (event.ctrlKey ? 0.01 : 0.002)), event.clientX, event.clientY);
  },
  { passive: false },
);
sheet.addEventListener('dblclick', (event) => {
  if (large.zoom > 1) showLarge(WHOLE);
  else zoomLarge(3, event.clientX, event.clientY);
});
const touches = new Map();
let pressed = null; // the timer of a press that does not move
const stopPress = () => {
  clearTimeout(pressed);
  pressed = null;
  if (holding) hold(false);
};
sheet.addEventListener('pointerdown', (event) => {
  sheet.setPointerCapture(event.pointerId);
  touches.set(event.pointerId, event);
  stopPress();
  if (touches.size === 1) pressed = setTimeout(() => hold(true), HOLD_AFTER);
});
const centre = () => {
  const [first] = touches.values();
  return touches.size === 2 ? spreadOf(touches) : { x: first.clientX, y: first.clientY, size: 1 };
};
sheet.addEventListener('pointermove', (event) => {
  const last = touches.get(event.pointerId);
  if (!last || touches.size > 2) return;
  // A finger that holds still trembles.
  if (pressed && Math.hypot(event.clientX - last.clientX, event.clientY - last.clientY) < 4) return;
  const before = centre();
  touches.set(event.pointerId, event);
  const now = centre();
  stopPress();
  moveLarge(now.x - before.x, now.y - before.y);
  if (touches.size === 2) zoomLarge(now.size / before.size, now.x, now.y);
});
for (const end of ['pointerup', 'pointercancel'])
  sheet.addEventListener(end, (event) => {
    touches.delete(event.pointerId);
    stopPress();
  });

const drawLarge = () => {
  const card = (value().cards || [])[open];
  if (!card?.url) {
    dialog.close();
    return;
  }
  find('.grid-large-title').textContent = holding ? 'Original' : nameOf(card, open);
  const source = sourceOf(holding ? value().original : card.url);
  if (picture.getAttribute('src') !== source) picture.src = source;
  picture.alt = holding ? 'Original' : nameOf(card, open);
  const button = find('[data-large=pick]');
  button.hidden = !hidden();
  button.textContent = pick === open ? 'Picked' : 'Pick this';
  button.setAttribute('aria-pressed', String(pick === open));
};
const step = (by) => {
  const shown = order.filter((index) => value().cards[index]?.url);
  open = shown[(shown.indexOf(open) + by + shown.length) % shown.length];
  drawLarge();
};
const largeActions = {
  previous: () => step(-1),
  next: () => step(1),
  smaller: () => zoomLarge(1 / 1.5),
  larger: () => zoomLarge(1.5),
  object: () => showLarge(value().box || WHOLE),
  whole: () => showLarge(WHOLE),
  pick: () => choose(open),
  close: closeLarge,
};
dialog.addEventListener('click', (event) => largeActions[event.target.closest('button')?.dataset.large]?.());
dialog.addEventListener('close', () => hold(false));
const STEP = 60; // pixels that a key moves the picture
const largeKeys = {
  ArrowLeft: (shift) => (shift ? moveLarge(STEP, 0) : step(-1)),
  ArrowRight: (shift) => (shift ? moveLarge(-STEP, 0) : step(1)),
  ArrowUp: () => moveLarge(0, STEP),
  ArrowDown: () => moveLarge(0, -STEP),
  '+': largeActions.larger,
  '=': largeActions.larger,
  '-': largeActions.smaller,
  0: largeActions.whole,
  p: () => hidden() && choose(open),
};
dialog.addEventListener('keydown', (event) => {
  const action = largeKeys[event.key];
  if (!action || event.ctrlKey || event.metaKey) return;
  event.preventDefault();
  action(event.shiftKey);
});
// Space shows the original, except on a button, which it presses.
for (const kind of ['keydown', 'keyup'])
  dialog.addEventListener(kind, (event) => {
    const key = event.key.toLowerCase();
    if (key !== 'o' && (key !== ' ' || event.target.closest('button'))) return;
    event.preventDefault();
    if (!event.repeat) hold(kind === 'keydown');
  });
