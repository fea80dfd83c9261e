const find = (name) => element.querySelector(name);
const clamp = (x, low, high) => Math.min(high, Math.max(low, x));
const look = { view: 'split', split: 0.5, zoom: 1, x: 0, y: 0, holding: false };
let shown = {};

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
  root.dataset.empty = shown.before ? 'no' : 'yes';
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
  }
};
const zoomTo = (zoom) => {
  const next = clamp(zoom, 1, 8);
  look.x *= next / look.zoom;
  look.y *= next / look.zoom;
  look.zoom = next;
  place();
};
const swap = async (image, url) => {
  if (!url) { image.removeAttribute('src'); return; }
  if (image.getAttribute('src') === url) return;
  const next = new Image();
  next.src = url;
  try { await next.decode(); } catch { /* the image itself will say so */ }
  image.src = url;
};
const draw = async () => {
  const value = props.value || {};
  const same = value.before && value.before === shown.before;
  find('.stage-title').textContent = value.title || '';
  find('.stage').style.setProperty('--ratio', value.width ? value.width / value.height : 1.5);
  await Promise.all([swap(find('.stage-after'), value.after), swap(find('.stage-before'), value.before)]);
  shown = value;
  find('.stage-mask').style.maskImage = value.mask ? `url("${value.mask}")` : '';
  if (!same) Object.assign(look, { zoom: 1, x: 0, y: 0, view: 'split', split: value.focus ?? 0.5 });
  place();
};
const moveLine = (clientX) => {
  const canvas = find('.stage-canvas').getBoundingClientRect(), sheet = find('.stage-sheet').getBoundingClientRect();
  const left = Math.max(canvas.left, sheet.left), right = Math.min(canvas.right, sheet.right);
  look.split = clamp((clientX - left) / (right - left), 0, 1);
  place();
};
let drag = null;
element.addEventListener('pointerdown', (event) => {
  const canvas = event.target.closest('.stage-canvas');
  if (!canvas || !shown.before || event.button) return;
  const onHandle = event.target.closest('.stage-handle');
  drag = { pan: look.zoom > 1 && !onHandle, x: event.clientX - look.x, y: event.clientY - look.y };
  canvas.setPointerCapture(event.pointerId);
  if (!drag.pan && look.view === 'split') moveLine(event.clientX);
});
element.addEventListener('pointermove', (event) => {
  if (!drag) return;
  if (drag.pan) { look.x = event.clientX - drag.x; look.y = event.clientY - drag.y; place(); }
  else if (look.view === 'split') moveLine(event.clientX);
});
for (const end of ['pointerup', 'pointercancel']) element.addEventListener(end, () => { drag = null; });
element.addEventListener('dblclick', (event) => { if (event.target.closest('.stage-canvas')) zoomTo(look.zoom > 1 ? 1 : 3); });
element.addEventListener('wheel', (event) => {
  if (!event.ctrlKey || !event.target.closest('.stage-canvas')) return;
  event.preventDefault();
  zoomTo(look.zoom * Math.exp(-event.deltaY / 200));
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
