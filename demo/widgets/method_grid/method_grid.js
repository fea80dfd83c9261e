// Shows the results of all methods as cards, with hidden names on request, and one of them large.
const dialog = find('.grid-large');
let open = 0,
  holding = false,
  organizer = false;
let blind = false,
  order = [],
  revealed = new Set(),
  run = '';

const make = (tag, className, text) =>
  Object.assign(document.createElement(tag), { className, textContent: text || '' });
const value = () => props.value || {};
const done = () =>
  (value().cards || []).map((card, index) => ({ ...card, index })).filter((card) => card.url);

const letter = (index) => String.fromCharCode(65 + order.indexOf(index));
const nameOf = (data, index) => (blind && !revealed.has(index) ? letter(index) : data.title);
const shuffle = (count) => {
  order = [...Array(count).keys()];
  for (let i = count - 1; i > 0; i -= 1) {
    const j = Math.floor(Math.random() * (i + 1));
    [order[i], order[j]] = [order[j], order[i]];
  }
};

// Cards are kept and updated: a grid that is made anew for every finished method would flicker.
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
  const card = cardFor(index),
    frame = card.querySelector('.grid-frame');
  card.disabled = !data.url;
  card.dataset.state = data.url ? 'done' : data.error ? 'failed' : data.working ? 'working' : 'waiting';
  card.style.order = blind ? order.indexOf(index) : index;
  card.querySelector('.grid-title').textContent = nameOf(data, index);
  card.querySelector('.grid-title').title =
    blind && !revealed.has(index) ? 'Click to see which method this is' : '';
  card.querySelector('.grid-time').textContent = blind && !revealed.has(index) ? '' : data.time || '';
  card.querySelector('.grid-fit').textContent = blind && !revealed.has(index) ? '' : data.fit || '';
  card.querySelector('.grid-fit').title =
    'How much of the change three colour curves and a light map can explain';
  card.querySelector('.grid-state').textContent = data.error || '';
  let image = frame.querySelector('img');
  if (!data.url) {
    image?.remove();
    return;
  }
  if (!image) {
    image = Object.assign(new Image(), { draggable: false });
    frame.prepend(image);
  }
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
  find('.grid-progress > span').textContent = busy
    ? `${finished} of ${list.length} · ${blind ? 'working' : working.title}`
    : '';
  for (const name of ['zip', 'draft']) find(`[data-do=${name}]`).disabled = busy || !done().length;
  find('[data-do=draft]').hidden = !organizer;
};
const draw = () => {
  const list = value().cards || [];
  if (value().run !== run || order.length !== list.length) {
    run = value().run;
    revealed.clear();
    shuffle(list.length);
  }
  drawBar(list);
  while (cards.children.length > list.length) cards.lastChild.remove();
  const ratio = value().ratio || 1.5;
  cards.style.setProperty('--ratio', ratio);
  // A tall picture gets a narrow card, so that the window holds as many cards.
  cards.style.setProperty(
    '--column',
    `${Math.round(Math.min(300, Math.max(170, 245 * Math.sqrt(ratio))))}px`,
  );
  list.forEach(drawCard);
  if (dialog.open) drawLarge();
};
const drawLarge = () => {
  const card = (value().cards || [])[open];
  if (!card?.url) {
    dialog.close();
    return;
  }
  find('.grid-large-title').textContent = holding ? 'Original' : nameOf(card, open);
  find('.grid-large-image').src = holding ? value().original : card.url;
};
const hold = (state) => {
  holding = state;
  draw();
};
const step = (by) => {
  const list = done();
  if (blind) list.sort((a, b) => order.indexOf(a.index) - order.indexOf(b.index));
  const at = list.findIndex((card) => card.index === open);
  open = list[(at + by + list.length) % list.length].index;
  drawLarge();
};
const actions = {
  skip: () => trigger('skip', { run: value().run }),
  stop: () => {
    trigger('skip', { run: value().run });
    trigger('stop');
  },
  zip: () => trigger('zip'),
  draft: () => trigger('draft'),
  blind: (button) => {
    blind = !blind;
    revealed.clear();
    shuffle((value().cards || []).length);
    button.setAttribute('aria-pressed', String(blind));
    draw();
  },
};
find('.grid-bar').addEventListener('click', (event) => {
  const button = event.target.closest('button');
  if (!button) return;
  if (button.dataset.zoom) {
    view.zoom = Number(button.dataset.zoom);
    applyZoom();
  } else actions[button.dataset.do]?.(button);
});
const holder = find('[data-do=hold]');
holder.addEventListener('pointerdown', () => hold(true));
for (const end of ['pointerup', 'pointercancel', 'pointerleave', 'blur', 'keyup'])
  holder.addEventListener(end, () => {
    if (holding) hold(false);
  });
holder.addEventListener('keydown', (event) => {
  if (event.key !== ' ' && event.key !== 'Enter') return;
  event.preventDefault();
  if (!event.repeat) hold(true);
});
cards.addEventListener('click', (event) => {
  const card = event.target.closest('.grid-card');
  if (!card || card.disabled || moved) return;
  const index = Number(card.dataset.index);
  if (blind && !revealed.has(index) && event.target.closest('.grid-foot')) {
    revealed.add(index);
    draw();
    return;
  }
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
  if (event.key === ' ') {
    event.preventDefault();
    if (!event.repeat) hold(true);
  }
});
dialog.addEventListener('keyup', (event) => {
  if (event.key === ' ') {
    event.preventDefault();
    hold(false);
  }
});
dialog.addEventListener('close', () => hold(false));
find('.grid-large-sheet').addEventListener('pointerdown', () => hold(true));
for (const end of ['pointerup', 'pointercancel', 'pointerleave'])
  find('.grid-large-sheet').addEventListener(end, () => {
    if (holding) hold(false);
  });
const typing = (event) => event.target.closest?.('input, textarea, dialog');
const onKey = (event) => {
  if (event.key.toLowerCase() === 'o' && !event.repeat && !typing(event)) hold(event.type === 'keydown');
};
document.addEventListener('keydown', onKey);
document.addEventListener('keyup', onKey);
watch('value', draw);
applyZoom();
draw();
// Only the organizer adds pictures to the draft study; the server checks this again at each click.
fetch('/organizer/signed-in')
  .then((answer) => answer.json())
  .then((answer) => {
    organizer = answer.signed_in === true;
    draw();
  })
  .catch(() => {
    /* the button stays hidden */
  });
