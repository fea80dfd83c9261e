// Shows the results of all methods as cards, each as soon as it is there.
let holding = false, // the original is shown everywhere
  organizer = false,
  run = '',
  original = '',
  stopped = ''; // the run that was stopped here, before the server answers

const made = []; // the cards in the order of the methods
const make = (tag, className, text) =>
  Object.assign(document.createElement(tag), { className, textContent: text || '' });
const button = (className, text) => Object.assign(make('button', className, text), { type: 'button' });
const press = (control, state) => control.setAttribute('aria-pressed', String(state));

// Cards are kept and changed: a grid that is made anew for every finished method would flicker.
const cardFor = (index) => {
  if (made[index]) return made[index];
  const card = make('article', 'grid-card');
  card.dataset.index = index;
  const frame = button('grid-frame');
  frame.append(make('span', 'grid-state'));
  const foot = make('div', 'grid-foot');
  foot.append(make('b', 'grid-title'), make('small', 'grid-time'), button('grid-about', '?'));
  foot.append(button('grid-pick'), make('p', 'grid-fit'));
  foot.querySelector('.grid-title').translate = false;
  foot.querySelector('.grid-fit').hidden = true;
  card.append(frame, foot);
  made[index] = card;
  return card;
};
const ended = () => value().stopped || stopped === run;
const stateOf = (data) => {
  if (data.url) return 'done';
  if (data.error) return 'failed';
  if (ended()) return 'stopped';
  return data.working ? 'working' : 'waiting';
};
const STATES = { stopped: 'Stopped.', waiting: 'Waiting…', working: '' };
const drawFoot = (data, index, card) => {
  const find = (name) => card.querySelector(name);
  find('.grid-title').textContent = nameOf(data, index);
  find('.grid-time').textContent = hidden() ? '' : data.time || '';
  const about = find('.grid-about');
  about.hidden = hidden() || !data.fit;
  about.setAttribute('aria-label', `About the result of ${data.title}`);
  about.setAttribute('aria-expanded', String(!find('.grid-fit').hidden));
  if (about.hidden) find('.grid-fit').hidden = true;
  find('.grid-fit').textContent = hidden() ? '' : data.fit || '';
  const choice = find('.grid-pick');
  choice.hidden = !blind || !data.url || (revealed && pick !== index);
  choice.disabled = revealed;
  choice.textContent = pick === index ? 'Your pick' : `Pick ${letter(index)}`;
  press(choice, pick === index);
};
const drawFrame = (data, index, card) => {
  const frame = card.querySelector('.grid-frame');
  frame.disabled = !data.url;
  frame.setAttribute('aria-label', `${nameOf(data, index)}, large`);
  const failed = hidden() ? 'No result.' : data.error;
  card.querySelector('.grid-state').textContent = data.error ? failed : STATES[card.dataset.state] || '';
  let image = frame.querySelector('img');
  if (!data.url) {
    image?.remove();
    return;
  }
  if (!image) {
    image = Object.assign(new Image(), { draggable: false, alt: '' });
    frame.prepend(image);
  }
  const url = holding ? value().original : data.url;
  if (image.getAttribute('src') !== url) image.src = url;
};
const drawCard = (data, index) => {
  const card = cardFor(index);
  card.dataset.state = stateOf(data);
  card.classList.toggle('picked', blind && pick === index);
  drawFoot(data, index, card);
  drawFrame(data, index, card);
};
const drawBar = (list) => {
  const finished = list.filter((card) => card.url || card.error).length;
  const working = list.find((card) => card.working);
  const busy = finished < list.length && !ended();
  find('.grid-progress').classList.toggle('busy', busy);
  find('.grid-progress u').style.width = `${list.length ? (100 * finished) / list.length : 0}%`;
  find('[data-do=skip]').hidden = !working;
  const count = list.length;
  const at = () =>
    hidden() ? `${finished} of ${count} · working` : `${finished} of ${count} · ${working.title}`;
  find('.grid-progress > span').textContent = !busy ? '' : working ? at() : 'Reading the picture…';
  const none = !list.some((card) => card.url);
  for (const name of ['zip', 'draft']) find(`[data-do=${name}]`).disabled = busy || none;
  find('[data-do=draft]').hidden = !organizer;
  find('.grid-bar').hidden = !list.length;
  find('.grid-empty').hidden = !value().hint;
  find('.grid-empty').textContent = value().hint || '';
};
const drawVote = (list) => {
  find('.grid-vote').hidden = !blind || !list.length;
  find('.grid-vote p').textContent = blind && list.length ? voteText(list) : '';
  find('[data-vote=reveal]').hidden = revealed;
  find('[data-vote=again]').hidden = !revealed;
  press(find('[data-do=blind]'), blind);
};
const arrange = (count) => {
  inOrder(count);
  cards.replaceChildren(...order.map(cardFor));
};
// A tall picture gets a narrow card, so that the window holds as many cards.
const fitColumns = (ratio) => {
  cards.style.setProperty('--ratio', ratio);
  const column = Math.round(within(170, 300, 245 * Math.sqrt(ratio)));
  cards.style.setProperty('--column', `${column}px`);
};
const draw = () => {
  const list = value().cards || [];
  if (value().run !== run || order.length !== list.length) {
    run = value().run;
    arrange(list.length);
  }
  if (value().ratio) fitColumns(value().ratio);
  if (value().original && value().original !== original) {
    original = value().original;
    showBox(value().box);
  }
  drawBar(list);
  drawVote(list);
  list.forEach(drawCard);
  if (dialog.open) drawLarge();
};
const hold = (state) => {
  holding = state;
  draw();
};
const choose = (index) => {
  pick = index;
  draw();
};
const shuffle = () => {
  arrange((value().cards || []).length);
  draw();
};

const zoomAll = (factor) => {
  view.zoom = within(1, MOST_ZOOM, view.zoom * factor);
  applyZoom();
};
const actions = {
  skip: () => trigger('skip', { run: value().run }),
  stop: () => {
    stopped = run;
    trigger('stop');
    draw();
  },
  zip: () => trigger('zip'),
  draft: () => trigger('draft'),
  blind: () => {
    blind = !blind;
    shuffle();
  },
  object: () => showBox(value().box || WHOLE),
  whole: () => showBox(WHOLE),
  smaller: () => zoomAll(1 / 1.5),
  larger: () => zoomAll(1.5),
};
find('.grid-bar').addEventListener('click', (event) =>
  actions[event.target.closest('button')?.dataset.do]?.(),
);
const votes = {
  reveal: () => {
    revealed = true;
    draw();
  },
  again: shuffle,
};
find('.grid-vote').addEventListener('click', (event) =>
  votes[event.target.closest('button')?.dataset.vote]?.(),
);
cards.addEventListener('click', (event) => {
  const control = event.target.closest('button'),
    card = event.target.closest('.grid-card');
  if (!control) return;
  const index = Number(card.dataset.index);
  if (control.className === 'grid-pick') choose(index);
  else if (control.className === 'grid-about') {
    const text = card.querySelector('.grid-fit');
    text.hidden = !text.hidden;
    draw();
  } else if (!moved) openLarge(index);
});
for (const holder of [find('[data-do=hold]'), find('[data-large=hold]')]) {
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
}
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
