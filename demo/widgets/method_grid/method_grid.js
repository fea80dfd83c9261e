const find = (name) => element.querySelector(name);
const cards = find('.grid-cards');
const dialog = find('.grid-large');
let open = 0, holding = false, organizer = false;
let blind = false, order = [], told = new Set(), run = '';
const view = { zoom: 1, x: 0.5, y: 0.5 };

const make = (tag, className, text) => Object.assign(document.createElement(tag), { className, textContent: text || '' });
const value = () => props.value || {};
const done = () => (value().cards || []).map((card, index) => ({ ...card, index })).filter((card) => card.url);

const letter = (index) => String.fromCharCode(65 + order.indexOf(index));
const nameOf = (data, index) => (blind && !told.has(index) ? letter(index) : data.title);
const shuffle = (count) => {
  order = [...Array(count).keys()];
  for (let i = count - 1; i > 0; i -= 1) {
    const j = Math.floor(Math.random() * (i + 1));
    [order[i], order[j]] = [order[j], order[i]];
  }
};

// All pictures share one zoom and one place: what lies at (x, y) of the picture is in the middle.
const place = () => {
  const reach = 0.5 / view.zoom;
  view.x = Math.min(1 - reach, Math.max(reach, view.x));
  view.y = Math.min(1 - reach, Math.max(reach, view.y));
  cards.style.setProperty('--zoom', view.zoom);
  cards.style.setProperty('--x', `${(0.5 - view.x) * 100}%`);
  cards.style.setProperty('--y', `${(0.5 - view.y) * 100}%`);
  cards.classList.toggle('zoomed', view.zoom > 1);
  for (const button of element.querySelectorAll('[data-zoom]')) button.setAttribute('aria-pressed', String(Number(button.dataset.zoom) === view.zoom));
};
const zoomAt = (zoom, frame, clientX, clientY) => {
  const box = frame.getBoundingClientRect();
  const fx = (clientX - box.left) / box.width - 0.5, fy = (clientY - box.top) / box.height - 0.5;
  const next = Math.min(8, Math.max(1, zoom));
  view.x += fx / view.zoom - fx / next;
  view.y += fy / view.zoom - fy / next;
  view.zoom = next;
  place();
};

// Cards are kept and refreshed in place: a grid that is rebuilt for every finished method would flicker.
const cardFor = (index) => {
  if (cards.children[index]) return cards.children[index];
  const card = make('button', 'grid-card');
  card.type = 'button';
  card.dataset.index = index;
  const frame = make('span', 'grid-frame');
  frame.append(make('span', 'grid-state'));
  const foot = make('span', 'grid-foot');
  foot.append(make('b', 'grid-title'), make('small', 'grid-time'), make('small', 'grid-fit'));
  card.append(frame, foot);
  cards.append(card);
  return card;
};
const drawCard = (data, index) => {
  const card = cardFor(index), frame = card.querySelector('.grid-frame');
  card.disabled = !data.url;
  card.dataset.state = data.url ? 'done' : data.error ? 'failed' : data.working ? 'working' : 'waiting';
  card.style.order = blind ? order.indexOf(index) : index;
  card.querySelector('.grid-title').textContent = nameOf(data, index);
  card.querySelector('.grid-title').title = blind && !told.has(index) ? 'Click to see which method this is' : '';
  card.querySelector('.grid-time').textContent = blind && !told.has(index) ? '' : data.time || '';
  card.querySelector('.grid-fit').textContent = blind && !told.has(index) ? '' : data.fit || '';
  card.querySelector('.grid-fit').title = 'How much of the change three colour curves and a light map can explain';
  card.querySelector('.grid-state').textContent = data.error || '';
  let image = frame.querySelector('img');
  if (!data.url) { image?.remove(); return; }
  if (!image) { image = Object.assign(new Image(), { draggable: false }); frame.prepend(image); }
  image.alt = nameOf(data, index);
  const url = holding ? value().original : data.url;
  if (image.getAttribute('src') !== url) image.src = url;
};
const drawBar = (list) => {
  const finished = list.filter((card) => card.url || card.error).length;
  const working = list.find((card) => card.working);
  const busy = Boolean(working) && finished < list.length;
  find('.grid-progress').classList.toggle('busy', busy);
  find('.grid-progress u').style.width = `${list.length ? (100 * finished) / list.length : 0}%`;
  find('.grid-progress > span').textContent = busy ? `${finished} of ${list.length} · ${blind ? 'working' : working.title}` : '';
  for (const name of ['zip', 'draft']) find(`[data-do=${name}]`).disabled = busy || !done().length;
  find('[data-do=draft]').hidden = !organizer;
};
const draw = () => {
  const list = value().cards || [];
  if (value().run !== run || order.length !== list.length) {
    run = value().run;
    told.clear();
    shuffle(list.length);
  }
  drawBar(list);
  while (cards.children.length > list.length) cards.lastChild.remove();
  const ratio = value().ratio || 1.5;
  cards.style.setProperty('--ratio', ratio);
  // A tall picture gets a narrow card, so that as many are seen at once.
  cards.style.setProperty('--column', `${Math.round(Math.min(300, Math.max(170, 245 * Math.sqrt(ratio))))}px`);
  list.forEach(drawCard);
  if (dialog.open) drawLarge();
};
const drawLarge = () => {
  const card = (value().cards || [])[open];
  if (!card || !card.url) { dialog.close(); return; }
  find('.grid-large-title').textContent = holding ? 'Original' : nameOf(card, open);
  find('.grid-large-image').src = holding ? value().original : card.url;
};
const hold = (state) => { holding = state; draw(); };
const step = (by) => {
  const list = done();
  if (blind) list.sort((a, b) => order.indexOf(a.index) - order.indexOf(b.index));
  const at = list.findIndex((card) => card.index === open);
  open = list[(at + by + list.length) % list.length].index;
  drawLarge();
};
let drag = null, moved = false;
cards.addEventListener('wheel', (event) => {
  const frame = event.target.closest('.grid-frame');
  // Without zoom a plain wheel scrolls the page; a pinch comes as a wheel with ctrlKey.
  if (!frame || (view.zoom === 1 && !event.ctrlKey)) return;
  event.preventDefault();
  zoomAt(view.zoom * Math.exp(-event.deltaY * (event.ctrlKey ? 0.01 : 0.002)), frame, event.clientX, event.clientY);
}, { passive: false });
const fingers = new Map();
const spread = () => {
  const [a, b] = [...fingers.values()];
  return { x: (a.clientX + b.clientX) / 2, y: (a.clientY + b.clientY) / 2, size: Math.hypot(a.clientX - b.clientX, a.clientY - b.clientY) };
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
  const now = spread(), box = drag.frame.getBoundingClientRect();
  moved = true;
  view.x -= (now.x - drag.pinch.x) / box.width / view.zoom;
  view.y -= (now.y - drag.pinch.y) / box.height / view.zoom;
  zoomAt((view.zoom * now.size) / drag.pinch.size, drag.frame, now.x, now.y);
  drag.pinch = now;
});
cards.addEventListener('pointermove', (event) => {
  if (!drag || drag.id !== event.pointerId) return;
  const box = drag.frame.getBoundingClientRect(), dx = event.clientX - drag.x, dy = event.clientY - drag.y;
  if (Math.abs(dx) + Math.abs(dy) < 3 && !moved) return;
  moved = true;
  view.x -= dx / box.width / view.zoom;
  view.y -= dy / box.height / view.zoom;
  drag.x = event.clientX;
  drag.y = event.clientY;
  place();
});
for (const end of ['pointerup', 'pointercancel', 'pointerleave']) cards.addEventListener(end, (event) => { fingers.delete(event.pointerId); drag = null; });
const actions = {
  skip: () => trigger('skip', { run: value().run }),
  stop: () => { trigger('skip', { run: value().run }); trigger('stop'); },
  zip: () => trigger('zip'),
  draft: () => trigger('draft'),
  blind: (button) => {
    blind = !blind;
    told.clear();
    shuffle((value().cards || []).length);
    button.setAttribute('aria-pressed', String(blind));
    draw();
  },
};
find('.grid-bar').addEventListener('click', (event) => {
  const button = event.target.closest('button');
  if (!button) return;
  if (button.dataset.zoom) { view.zoom = Number(button.dataset.zoom); place(); } else actions[button.dataset.do]?.(button);
});
const holder = find('[data-do=hold]');
holder.addEventListener('pointerdown', () => hold(true));
for (const end of ['pointerup', 'pointercancel', 'pointerleave', 'blur', 'keyup']) holder.addEventListener(end, () => { if (holding) hold(false); });
holder.addEventListener('keydown', (event) => {
  if (event.key !== ' ' && event.key !== 'Enter') return;
  event.preventDefault();
  if (!event.repeat) hold(true);
});
cards.addEventListener('click', (event) => {
  const card = event.target.closest('.grid-card');
  if (!card || card.disabled || moved) return;
  const index = Number(card.dataset.index);
  if (blind && !told.has(index) && event.target.closest('.grid-foot')) { told.add(index); draw(); return; }
  open = Number(card.dataset.index);
  dialog.showModal();
  drawLarge();
});
dialog.addEventListener('click', (event) => {
  const button = event.target.closest('button');
  if (event.target === dialog || button?.hasAttribute('data-close')) dialog.close();
  else if (button) step(Number(button.dataset.step));
});
dialog.addEventListener('keydown', (event) => {
  if (event.key === 'ArrowLeft') step(-1);
  if (event.key === 'ArrowRight') step(1);
  if (event.key === ' ') { event.preventDefault(); if (!event.repeat) hold(true); }
});
dialog.addEventListener('keyup', (event) => { if (event.key === ' ') { event.preventDefault(); hold(false); } });
dialog.addEventListener('close', () => hold(false));
find('.grid-large-sheet').addEventListener('pointerdown', () => hold(true));
for (const end of ['pointerup', 'pointercancel', 'pointerleave']) find('.grid-large-sheet').addEventListener(end, () => { if (holding) hold(false); });
const typing = (event) => event.target.closest?.('input, textarea, dialog');
const onKey = (event) => { if (event.key.toLowerCase() === 'o' && !event.repeat && !typing(event)) hold(event.type === 'keydown'); };
document.addEventListener('keydown', onKey);
document.addEventListener('keyup', onKey);
watch('value', draw);
place();
draw();
// Only the organizer sets pictures aside; the server checks again at each click.
fetch('/organizer/signed-in')
  .then((answer) => answer.json())
  .then((answer) => { organizer = answer.signed_in === true; draw(); })
  .catch(() => { /* the button stays hidden */ });
