// Shows one trial: loads its two stimuli, reads keys and buttons, and measures the response time. The stimuli of
// the next trial are fetched meanwhile; the server counts that trial as shown when it is asked for it.
const root = element.querySelector('.study'),
  stage = element.querySelector('.trial');
const find = (name) => stage.querySelector(name);
const images = [...stage.querySelectorAll('.trial-pair img')];
const KEYS = { a: 'L', arrowleft: 'L', l: 'R', arrowright: 'R', t: 'T', ' ': 'T' };
let trial = null,
  ready = false,
  shownAt = 0,
  drawCount = 0;

const lock = (state, text) => {
  ready = state === 'ready';
  stage.dataset.state = state;
  find('.trial-state').textContent = text || '';
  for (const button of stage.querySelectorAll('.trial-buttons button, .trial-undo')) button.disabled = !ready;
};
// Pictures that were fetched before they are shown, by their address.
const fetched = new Map();
const fetchPictures = (addresses) => {
  for (const address of fetched.keys()) if (!addresses.includes(address)) fetched.delete(address);
  for (const address of addresses) {
    if (fetched.has(address)) continue;
    const image = new Image();
    image.onerror = () => fetched.delete(address);
    image.src = address;
    fetched.set(address, image);
  }
};
const load = async (image, address) => {
  await fetched
    .get(address)
    ?.decode()
    .catch(() => fetched.delete(address));
  image.src = address;
  await image.decode();
};
const painted = () => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)));
const label = (value) => {
  find('.trial-undo').style.visibility = value.can_undo ? 'visible' : 'hidden';
  find('.trial-question').textContent = value.question;
  find('.trial-count').textContent = `${value.number} of ${value.total}`;
  const bar = find('.trial-progress');
  bar.setAttribute('aria-valuemax', value.total);
  bar.setAttribute('aria-valuenow', value.number - 1);
  bar.firstElementChild.style.width = `${(100 * (value.number - 1)) / value.total}%`;
  find('.trial-tie').hidden = !value.allow_tie;
  find('.trial-practice').hidden = !value.practice;
  stage.style.setProperty('--ratio', value.width / value.height);
  stage.style.setProperty('--width', `${value.width}px`);
};

// The buttons are enabled after both stimuli are decoded and painted; the response time starts then.
const draw = async (value, message) => {
  if (trial && trial.trial === value.trial && shownAt) {
    trial = value;
    label(value);
    lock('ready', message);
    return;
  }
  const turn = ++drawCount;
  trial = value;
  shownAt = 0;
  lock('loading', 'Loading…');
  label(value);
  try {
    await Promise.all([load(images[0], value.left), load(images[1], value.right)]);
    await painted();
  } catch {
    if (turn === drawCount) {
      trial = null;
      lock('failed', 'The pictures did not arrive. Please reload the page.');
    }
    return;
  }
  if (turn !== drawCount) return;
  shownAt = performance.now();
  fetchPictures(value.next_pictures);
  if (value.minimum_exposure_ms)
    await new Promise((resolve) => setTimeout(resolve, value.minimum_exposure_ms));
  if (turn === drawCount) lock('ready', message);
};
const vote = (choice, input) => {
  if (!ready || (choice === 'T' && !trial.allow_tie)) return;
  const chosen = find(`[data-choice=${choice}]`);
  chosen.classList.add('chosen');
  setTimeout(() => chosen.classList.remove('chosen'), 250);
  lock('sending');
  send({
    trial: trial.trial,
    choice,
    input,
    uuid: randomId(),
    rt_ms: Math.round(performance.now() - shownAt),
  });
};
stage.addEventListener('click', (event) => {
  const button = event.target.closest('button[data-choice]');
  // A click made with the keyboard has no position; it is recorded as the input kind keyboard.
  if (button)
    vote(
      button.dataset.choice,
      event.detail === 0 ? 'keyboard' : event.pointerType === 'touch' ? 'touch' : 'mouse',
    );
});
document.addEventListener('keydown', (event) => {
  if (!element.isConnected || !stage.offsetParent || event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.target.closest?.('input, textarea, select, .nav')) return;
  if (event.key === 'Backspace' && !event.repeat) undo();
  const choice = KEYS[event.key.toLowerCase()];
  if (!choice) return;
  event.preventDefault();
  if (!event.repeat) vote(choice, 'keyboard');
});
document.addEventListener('keyup', (event) => {
  // A focused button would vote a second time when Space is released.
  if (event.key === ' ' && event.target.closest?.('.trial button')) event.preventDefault();
});
