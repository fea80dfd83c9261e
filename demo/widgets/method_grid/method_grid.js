const find = (name) => element.querySelector(name);
const cards = find('.grid-cards');
const dialog = find('.grid-large');
let open = 0, holding = false;

const make = (tag, className, text) => Object.assign(document.createElement(tag), { className, textContent: text || '' });
const value = () => props.value || {};
const done = () => (value().cards || []).map((card, index) => ({ ...card, index })).filter((card) => card.url);

// Cards are kept and refreshed in place: a grid that is rebuilt for every finished method would flicker.
const cardFor = (index) => {
  if (cards.children[index]) return cards.children[index];
  const card = make('button', 'grid-card');
  card.type = 'button';
  card.dataset.index = index;
  const frame = make('span', 'grid-frame');
  frame.append(make('span', 'grid-state'));
  const foot = make('span', 'grid-foot');
  foot.append(make('b', 'grid-title'), make('small', 'grid-time'));
  card.append(frame, foot);
  cards.append(card);
  return card;
};
const drawCard = (data, index) => {
  const card = cardFor(index), frame = card.querySelector('.grid-frame');
  card.disabled = !data.url;
  card.dataset.state = data.url ? 'done' : data.error ? 'failed' : 'waiting';
  card.querySelector('.grid-title').textContent = data.title;
  card.querySelector('.grid-time').textContent = data.time || '';
  card.querySelector('.grid-state').textContent = data.error || '';
  let image = frame.querySelector('img');
  if (!data.url) { image?.remove(); return; }
  if (!image) { image = Object.assign(new Image(), { draggable: false }); frame.prepend(image); }
  image.alt = data.title;
  const url = holding ? value().original : data.url;
  if (image.getAttribute('src') !== url) image.src = url;
};
const draw = () => {
  const list = value().cards || [];
  while (cards.children.length > list.length) cards.lastChild.remove();
  cards.style.setProperty('--ratio', value().ratio || 1.5);
  list.forEach(drawCard);
  if (dialog.open) drawLarge();
};
const drawLarge = () => {
  const card = (value().cards || [])[open];
  if (!card || !card.url) { dialog.close(); return; }
  find('.grid-large-title').textContent = holding ? 'Original' : card.title;
  find('.grid-large-image').src = holding ? value().original : card.url;
};
const hold = (state) => { holding = state; draw(); };
const step = (by) => {
  const list = done(), at = list.findIndex((card) => card.index === open);
  open = list[(at + by + list.length) % list.length].index;
  drawLarge();
};
cards.addEventListener('click', (event) => {
  const card = event.target.closest('.grid-card');
  if (!card || card.disabled) return;
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
draw();
