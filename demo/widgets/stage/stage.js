// Shows a composite and its result on one canvas: split line, zoom, and the views of a tab bar.
const state = { view: 'split', split: 0.5, zoom: 1, x: 0, y: 0, holding: false };
let drawn = {};
let drawCount = 0;

// The sheet is the picture fitted into the canvas, then magnified; the handle is in canvas coordinates.
const layOut = () => {
  const canvas = find('.stage-canvas'),
    sheet = find('.stage-sheet');
  const width = drawn.width || 3,
    height = drawn.height || 2;
  const fit = Math.min(canvas.clientWidth / width, canvas.clientHeight / height);
  const w = width * fit * state.zoom,
    h = height * fit * state.zoom;
  const slackX = Math.max(0, (w - canvas.clientWidth) / 2),
    slackY = Math.max(0, (h - canvas.clientHeight) / 2);
  state.x = clamp(state.x, -slackX, slackX);
  state.y = clamp(state.y, -slackY, slackY);
  const left = (canvas.clientWidth - w) / 2 + state.x,
    top = (canvas.clientHeight - h) / 2 + state.y;
  Object.assign(sheet.style, {
    width: `${w}px`,
    height: `${h}px`,
    transform: `translate(${left}px, ${top}px)`,
  });
  const view = state.holding ? 'before' : state.view;
  const root = find('.stage');
  root.dataset.view = view;
  root.dataset.result = drawn.after ? 'yes' : 'no';
  canvas.classList.toggle('zoomed', state.zoom > 1);
  const visible = { left: Math.max(0, left), right: Math.min(canvas.clientWidth, left + w) };
  const line = visible.left + state.split * (visible.right - visible.left);
  const cut =
    view === 'split' && drawn.after ? clamp(1 - (line - left) / w, 0, 1) * 100 : view === 'after' ? 100 : 0;
  find('.stage-before').style.clipPath = `inset(0 ${cut}% 0 0)`;
  const handle = find('.stage-handle');
  handle.style.transform = `translateX(${line}px)`;
  Object.assign(handle.style, {
    top: `${Math.max(0, top)}px`,
    height: `${Math.min(h, canvas.clientHeight)}px`,
  });
  handle.tabIndex = state.view === 'split' ? 0 : -1;
  handle.setAttribute('aria-valuenow', Math.round(state.split * 100));
  find('.stage-tag.left').style.left = `${visible.left + 10}px`;
  find('.stage-tag.right').style.right = `${canvas.clientWidth - visible.right + 10}px`;
  for (const tag of element.querySelectorAll('.stage-tag'))
    tag.style.bottom = `${Math.max(0, canvas.clientHeight - top - h) + 10}px`;
  for (const button of element.querySelectorAll('[data-view][aria-pressed]')) {
    button.setAttribute('aria-pressed', String(button.dataset.view === state.view));
    button.disabled =
      !drawn[{ split: 'after', before: 'before', after: 'after', mask: 'mask' }[button.dataset.view]];
  }
  for (const button of element.querySelectorAll('[data-zoom]')) {
    button.disabled =
      !drawn.before ||
      (state.zoom === 1 && button.dataset.zoom !== 'in') ||
      (state.zoom === 8 && button.dataset.zoom === 'in');
  }
};
// The point of the picture under `at` keeps its place; without `at`, the centre of the canvas does.
const zoomTo = (zoom, at) => {
  const canvas = find('.stage-canvas').getBoundingClientRect(),
    next = clamp(zoom, 1, 8),
    by = next / state.zoom;
  const x = at ? at.clientX - canvas.left - canvas.width / 2 : 0,
    y = at ? at.clientY - canvas.top - canvas.height / 2 : 0;
  Object.assign(state, { x: x - (x - state.x) * by, y: y - (y - state.y) * by, zoom: next });
  layOut();
};

const swap = async (image, url) => {
  if (!url) {
    image.removeAttribute('src');
    return;
  }
  if (image.getAttribute('src') === url) return;
  const next = new Image();
  next.src = url;
  try {
    await next.decode();
  } catch {
    /* the browser shows a broken image */
  }
  image.src = url;
};
const draw = async () => {
  const value = props.value || {},
    turn = ++drawCount;
  const same = value.before && value.before === drawn.before;
  find('.stage-title').textContent = value.title || '';
  find('.stage').style.setProperty('--ratio', value.width ? value.width / value.height : 1.5);
  await Promise.all([swap(find('.stage-after'), value.after), swap(find('.stage-before'), value.before)]);
  if (turn !== drawCount) return;
  if (!same || !value.after || !drawn.after) state.view = value.after ? 'split' : 'before';
  drawn = value;
  if (value.before) find('.stage').dataset.busy = 'no';
  // The picture drawn by the browser stays until the server's picture has the strength that is set now.
  const moved = same && value.edit && String(value.strength) !== String(strengths());
  if (!moved) find('.stage-live').hidden = true;
  find('.stage-mask').style.maskImage = value.mask ? `url("${value.mask}")` : '';
  if (!same) Object.assign(state, { zoom: 1, x: 0, y: 0, split: value.focus ?? 0.5 });
  layOut();
};
const moveLine = (clientX) => {
  const canvas = find('.stage-canvas').getBoundingClientRect(),
    sheet = find('.stage-sheet').getBoundingClientRect();
  const left = Math.max(canvas.left, sheet.left),
    right = Math.min(canvas.right, sheet.right);
  state.split = clamp((clientX - left) / (right - left), 0, 1);
  layOut();
};
let drag = null;
const fingers = new Map();
const spread = () => {
  const [a, b] = [...fingers.values()];
  return {
    clientX: (a.clientX + b.clientX) / 2,
    clientY: (a.clientY + b.clientY) / 2,
    size: Math.hypot(a.clientX - b.clientX, a.clientY - b.clientY),
  };
};
element.addEventListener('pointerdown', (event) => {
  const canvas = event.target.closest('.stage-canvas');
  if (!canvas || !drawn.before || event.button) return;
  const onHandle = event.target.closest('.stage-handle');
  fingers.set(event.pointerId, event);
  canvas.setPointerCapture(event.pointerId);
  if (fingers.size === 2) {
    drag = { pinch: spread(), zoom: state.zoom };
    return;
  }
  drag = { pan: state.zoom > 1 && !onHandle, x: event.clientX - state.x, y: event.clientY - state.y };
  if (!drag.pan && state.view === 'split') moveLine(event.clientX);
});
element.addEventListener('pointermove', (event) => {
  if (fingers.has(event.pointerId)) fingers.set(event.pointerId, event);
  if (!drag) return;
  if (drag.pinch) {
    if (fingers.size !== 2) return;
    const now = spread();
    state.x += now.clientX - drag.pinch.clientX;
    state.y += now.clientY - drag.pinch.clientY;
    zoomTo((state.zoom * now.size) / drag.pinch.size, now);
    drag.pinch = now;
  } else if (drag.pan) {
    state.x = event.clientX - drag.x;
    state.y = event.clientY - drag.y;
    layOut();
  } else if (state.view === 'split') moveLine(event.clientX);
});
for (const end of ['pointerup', 'pointercancel'])
  element.addEventListener(end, (event) => {
    fingers.delete(event.pointerId);
    drag = null;
  });
element.addEventListener('dblclick', (event) => {
  if (event.target.closest('.stage-canvas')) zoomTo(state.zoom > 1 ? 1 : 3, event);
});
element.addEventListener(
  'wheel',
  (event) => {
    // Without zoom a plain wheel scrolls the page; browsers report a pinch as a wheel with ctrlKey.
    if (!event.target.closest('.stage-canvas') || (!event.ctrlKey && state.zoom === 1)) return;
    event.preventDefault();
    zoomTo(state.zoom * Math.exp(-event.deltaY / 200), event);
  },
  { passive: false },
);
element.addEventListener('click', (event) => {
  const button = event.target.closest('button');
  if (!button) return;
  if (button.dataset.view) {
    state.view = button.dataset.view;
    layOut();
  }
  if (button.dataset.zoom)
    zoomTo({ in: state.zoom * 1.5, out: state.zoom / 1.5, fit: 1 }[button.dataset.zoom]);
});
const STEPS = { ArrowLeft: -0.02, ArrowRight: 0.02, Home: -1, End: 1 };
element.addEventListener('keydown', (event) => {
  if (!event.target.closest('.stage-handle')) return;
  if (event.key in STEPS) {
    state.split = clamp(state.split + STEPS[event.key] * (event.shiftKey ? 5 : 1), 0, 1);
    event.preventDefault();
  }
  if (event.key === ' ') {
    state.holding = true;
    event.preventDefault();
  }
  layOut();
});
element.addEventListener('keyup', (event) => {
  if (event.key === ' ') {
    state.holding = false;
    layOut();
  }
});
element.addEventListener('focusout', () => {
  state.holding = false;
  layOut();
});
new ResizeObserver(layOut).observe(find('.stage-canvas'));
watch('value', draw);
draw();
