const find = (name) => element.querySelector(name);
const clamp = (x, low, high) => Math.min(high, Math.max(low, x));
const look = { view: 'split', split: 0.5, zoom: 1, x: 0, y: 0, holding: false };
let shown = {};
const STRENGTHS = '#strength-curves input, #strength-light input';
const LIVE_SIDE = 1100;  // pixels: as many as a browser recolours between two frames
let live = null, drawing = 0;

// The sheet is the picture fitted into the canvas, then magnified; the handle lives in canvas coordinates.
const place = () => {
  const canvas = find('.stage-canvas'), sheet = find('.stage-sheet');
  const width = shown.width || 3, height = shown.height || 2;
  const fit = Math.min(canvas.clientWidth / width, canvas.clientHeight / height);
  const w = width * fit * look.zoom, h = height * fit * look.zoom;
  const slackX = Math.max(0, (w - canvas.clientWidth) / 2), slackY = Math.max(0, (h - canvas.clientHeight) / 2);
  look.x = clamp(look.x, -slackX, slackX);
  look.y = clamp(look.y, -slackY, slackY);
  const left = (canvas.clientWidth - w) / 2 + look.x, top = (canvas.clientHeight - h) / 2 + look.y;
  Object.assign(sheet.style, { width: w + 'px', height: h + 'px', transform: `translate(${left}px, ${top}px)` });
  const view = look.holding ? 'before' : look.view;
  const root = find('.stage');
  root.dataset.view = view;
  root.dataset.result = shown.after ? 'yes' : 'no';
  canvas.classList.toggle('zoomed', look.zoom > 1);
  const visible = { left: Math.max(0, left), right: Math.min(canvas.clientWidth, left + w) };
  const line = visible.left + look.split * (visible.right - visible.left);
  const cut = view === 'split' && shown.after ? clamp(1 - (line - left) / w, 0, 1) * 100 : view === 'after' ? 100 : 0;
  find('.stage-before').style.clipPath = `inset(0 ${cut}% 0 0)`;
  const handle = find('.stage-handle');
  handle.style.transform = `translateX(${line}px)`;
  Object.assign(handle.style, { top: Math.max(0, top) + 'px', height: Math.min(h, canvas.clientHeight) + 'px' });
  handle.tabIndex = look.view === 'split' ? 0 : -1;
  handle.setAttribute('aria-valuenow', Math.round(look.split * 100));
  find('.stage-tag.left').style.left = visible.left + 10 + 'px';
  find('.stage-tag.right').style.right = canvas.clientWidth - visible.right + 10 + 'px';
  for (const tag of element.querySelectorAll('.stage-tag')) tag.style.bottom = Math.max(0, canvas.clientHeight - top - h) + 10 + 'px';
  for (const button of element.querySelectorAll('[data-view][aria-pressed]')) {
    button.setAttribute('aria-pressed', String(button.dataset.view === look.view));
    button.disabled = !shown[{ split: 'after', before: 'before', after: 'after', mask: 'mask' }[button.dataset.view]];
  }
  for (const button of element.querySelectorAll('[data-zoom]')) {
    button.disabled = !shown.before || (look.zoom === 1 && button.dataset.zoom !== 'in') || (look.zoom === 8 && button.dataset.zoom === 'in');
  }
};
// What is under this point of the screen stays there; without one, what is in the middle.
const zoomTo = (zoom, at) => {
  const canvas = find('.stage-canvas').getBoundingClientRect(), next = clamp(zoom, 1, 8), by = next / look.zoom;
  const x = at ? at.clientX - canvas.left - canvas.width / 2 : 0, y = at ? at.clientY - canvas.top - canvas.height / 2 : 0;
  Object.assign(look, { x: x - (x - look.x) * by, y: y - (y - look.y) * by, zoom: next });
  place();
};

// A strength that is being moved: the browser applies curves and light itself, as the server is about to.
const strengths = () => [...document.querySelectorAll(STRENGTHS)].filter((input) => input.type === 'range').map((input) => Number(input.value));
const pixelsOf = (image, width, height) => {
  const sheet = Object.assign(document.createElement('canvas'), { width, height });
  const pen = sheet.getContext('2d', { willReadFrequently: true });
  pen.drawImage(image, 0, 0, width, height);
  return pen.getImageData(0, 0, width, height);
};
// The log-gain of every pixel, bilinear with half-pixel centres, constant beyond the outermost ones.
const gainsOf = (grid, width, height) => {
  const along = (count, cells) => Array.from({ length: count }, (_, k) => {
    const spot = clamp(((k + 0.5) * cells) / count - 0.5, 0, cells - 1), below = Math.min(Math.floor(spot), Math.max(cells - 2, 0));
    return [below, Math.min(below + 1, cells - 1), spot - below];
  });
  const rows = along(height, grid.length), columns = along(width, grid[0].length), gains = new Float32Array(width * height);
  rows.forEach(([up, down, v], y) => columns.forEach(([left, right, h], x) => {
    const top = grid[up][left] * (1 - h) + grid[up][right] * h, bottom = grid[down][left] * (1 - h) + grid[down][right] * h;
    gains[y * width + x] = top * (1 - v) + bottom * v;
  }));
  return gains;
};
const prepare = async (value) => {
  const mask = new Image();
  mask.src = value.mask;
  await Promise.all([mask.decode(), find('.stage-before').decode()]);
  const scale = Math.min(1, LIVE_SIDE / Math.max(mask.naturalWidth, mask.naturalHeight));
  const width = Math.max(1, Math.round(mask.naturalWidth * scale)), height = Math.max(1, Math.round(mask.naturalHeight * scale));
  const matte = pixelsOf(mask, width, height).data, touched = [];
  for (let k = 0; k < width * height; k += 1) if (matte[4 * k]) touched.push(k);
  const sheet = Object.assign(find('.stage-live'), { width, height });
  return { value, sheet, before: pixelsOf(find('.stage-before'), width, height), matte, touched: Uint32Array.from(touched),
    gains: gainsOf(value.edit.shading, width, height) };
};
const tableOf = (curve, strength) => {
  let last = 0;
  const knots = curve.map((y, k) => { const x = k / (curve.length - 1); last = Math.max(last, clamp(x + strength * (y - x), 0, 1)); return last; });
  return Float32Array.from({ length: 256 }, (_, level) => {
    const spot = (level / 255) * (knots.length - 1), below = Math.min(Math.floor(spot), knots.length - 2);
    return 255 * (knots[below] + (spot - below) * (knots[below + 1] - knots[below]));
  });
};
const paintLive = ([colour, light]) => {
  const { before, matte, touched, gains, sheet, value } = live, from = before.data;
  const tables = ['red', 'green', 'blue'].map((name) => tableOf(value.edit.curves[name], colour / 100));
  const picture = new ImageData(new Uint8ClampedArray(from), before.width, before.height), to = picture.data;
  for (const k of touched) {
    const gain = Math.exp((gains[k] * light) / 100), m = matte[4 * k] / 255;
    for (let c = 0; c < 3; c += 1) {
      const level = from[4 * k + c];
      to[4 * k + c] = level + m * (Math.min(255, tables[c][level] * gain) - level);
    }
  }
  sheet.getContext('2d').putImageData(picture, 0, 0);
  sheet.hidden = false;
};
let due = false;
const followStrength = async () => {
  if (due || !shown.edit || !element.isConnected) return;
  due = true;
  try {
    if (live?.value.before !== shown.before || live.value.mask !== shown.mask) live = await prepare(shown);
    await new Promise(requestAnimationFrame);
    if (shown.edit && live.value.before === shown.before) paintLive(strengths());
  } catch { /* the server's picture comes anyway */ }
  due = false;
};
document.addEventListener('input', (event) => { if (event.target.matches?.(STRENGTHS)) followStrength(); });
const swap = async (image, url) => {
  if (!url) { image.removeAttribute('src'); return; }
  if (image.getAttribute('src') === url) return;
  const next = new Image();
  next.src = url;
  try { await next.decode(); } catch { /* the image itself will say so */ }
  image.src = url;
};
const draw = async () => {
  const value = props.value || {}, mine = ++drawing;
  const same = value.before && value.before === shown.before;
  find('.stage-title').textContent = value.title || '';
  find('.stage').style.setProperty('--ratio', value.width ? value.width / value.height : 1.5);
  await Promise.all([swap(find('.stage-after'), value.after), swap(find('.stage-before'), value.before)]);
  if (mine !== drawing) return;
  if (!same || !value.after || !shown.after) look.view = value.after ? 'split' : 'before';
  shown = value;
  if (value.before) find('.stage').dataset.busy = 'no';
  // The browser's own picture stays until the server's is the one of the strength that is set now.
  const moved = same && value.edit && String(value.strength) !== String(strengths());
  if (!moved) find('.stage-live').hidden = true;
  find('.stage-mask').style.maskImage = value.mask ? `url("${value.mask}")` : '';
  if (!same) Object.assign(look, { zoom: 1, x: 0, y: 0, split: value.focus ?? 0.5 });
  place();
};
const moveLine = (clientX) => {
  const canvas = find('.stage-canvas').getBoundingClientRect(), sheet = find('.stage-sheet').getBoundingClientRect();
  const left = Math.max(canvas.left, sheet.left), right = Math.min(canvas.right, sheet.right);
  look.split = clamp((clientX - left) / (right - left), 0, 1);
  place();
};
let drag = null;
const fingers = new Map();
const spread = () => {
  const [a, b] = [...fingers.values()];
  return { clientX: (a.clientX + b.clientX) / 2, clientY: (a.clientY + b.clientY) / 2, size: Math.hypot(a.clientX - b.clientX, a.clientY - b.clientY) };
};
element.addEventListener('pointerdown', (event) => {
  const canvas = event.target.closest('.stage-canvas');
  if (!canvas || !shown.before || event.button) return;
  const onHandle = event.target.closest('.stage-handle');
  fingers.set(event.pointerId, event);
  canvas.setPointerCapture(event.pointerId);
  if (fingers.size === 2) { drag = { pinch: spread(), zoom: look.zoom }; return; }
  drag = { pan: look.zoom > 1 && !onHandle, x: event.clientX - look.x, y: event.clientY - look.y };
  if (!drag.pan && look.view === 'split') moveLine(event.clientX);
});
element.addEventListener('pointermove', (event) => {
  if (fingers.has(event.pointerId)) fingers.set(event.pointerId, event);
  if (!drag) return;
  if (drag.pinch) {
    if (fingers.size !== 2) return;
    const now = spread();
    look.x += now.clientX - drag.pinch.clientX;
    look.y += now.clientY - drag.pinch.clientY;
    zoomTo((look.zoom * now.size) / drag.pinch.size, now);
    drag.pinch = now;
  } else if (drag.pan) { look.x = event.clientX - drag.x; look.y = event.clientY - drag.y; place(); }
  else if (look.view === 'split') moveLine(event.clientX);
});
for (const end of ['pointerup', 'pointercancel']) element.addEventListener(end, (event) => { fingers.delete(event.pointerId); drag = null; });
element.addEventListener('dblclick', (event) => { if (event.target.closest('.stage-canvas')) zoomTo(look.zoom > 1 ? 1 : 3, event); });
element.addEventListener('wheel', (event) => {
  // Without zoom a plain wheel scrolls the page; a pinch comes as a wheel with ctrlKey.
  if (!event.target.closest('.stage-canvas') || (!event.ctrlKey && look.zoom === 1)) return;
  event.preventDefault();
  zoomTo(look.zoom * Math.exp(-event.deltaY / 200), event);
}, { passive: false });
element.addEventListener('click', (event) => {
  const button = event.target.closest('button');
  if (!button) return;
  if (button.dataset.view) { look.view = button.dataset.view; place(); }
  if (button.dataset.zoom) zoomTo({ in: look.zoom * 1.5, out: look.zoom / 1.5, fit: 1 }[button.dataset.zoom]);
});
const STEPS = { ArrowLeft: -0.02, ArrowRight: 0.02, Home: -1, End: 1 };
element.addEventListener('keydown', (event) => {
  if (!event.target.closest('.stage-handle')) return;
  if (event.key in STEPS) { look.split = clamp(look.split + STEPS[event.key] * (event.shiftKey ? 5 : 1), 0, 1); event.preventDefault(); }
  if (event.key === ' ') { look.holding = true; event.preventDefault(); }
  place();
});
element.addEventListener('keyup', (event) => { if (event.key === ' ') { look.holding = false; place(); } });
element.addEventListener('focusout', () => { look.holding = false; place(); });
new ResizeObserver(place).observe(find('.stage-canvas'));
watch('value', draw);
draw();
