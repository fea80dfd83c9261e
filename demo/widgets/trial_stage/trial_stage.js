const find = (name) => element.querySelector(name);
const images = [...element.querySelectorAll('.trial-pair img')];
const KEYS = { a: 'L', arrowleft: 'L', l: 'R', arrowright: 'R', t: 'T', ' ': 'T' };
let trial = null, ready = false, shownAt = 0, uuid = '', drawing = 0;

const lock = (state, text) => {
  ready = state === 'ready';
  find('.trial').dataset.state = state;
  find('.trial-state').textContent = text || '';
  for (const button of element.querySelectorAll('.trial-buttons button, .trial-undo')) button.disabled = !ready;
};
const load = async (image, url) => {
  image.src = url;
  await image.decode();
};
const painted = () => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)));

// The buttons open only after both pictures are decoded and painted; the clock starts then.
const draw = async () => {
  const value = props.value || {};
  find('.trial-undo').style.visibility = value.can_undo ? 'visible' : 'hidden';
  if (!value.trial || value.trial === trial) {
    if (value.trial && shownAt) lock('ready', value.message);
    return;
  }
  const mine = ++drawing;
  trial = value.trial;
  shownAt = 0;
  uuid = crypto.randomUUID ? crypto.randomUUID() : Array.from(crypto.getRandomValues(new Uint8Array(16)), (b) => b.toString(16).padStart(2, '0')).join('');
  lock('loading', 'Loading…');
  find('.trial-question').textContent = value.question;
  find('.trial-count').textContent = `${value.number} of ${value.total}`;
  const bar = find('.trial-progress');
  bar.setAttribute('aria-valuemax', value.total);
  bar.setAttribute('aria-valuenow', value.number - 1);
  bar.firstElementChild.style.width = `${(100 * (value.number - 1)) / value.total}%`;
  find('.trial-tie').hidden = !value.allow_tie;
  find('.trial-practice').hidden = !value.practice;
  sure(false);
  find('.trial').style.setProperty('--ratio', value.width / value.height);
  find('.trial').style.setProperty('--width', value.width + 'px');
  try {
    await Promise.all([load(images[0], value.left), load(images[1], value.right)]);
    await painted();
  } catch {
    if (mine === drawing) { trial = null; lock('failed', 'The pictures did not arrive. Please reload the page.'); }
    return;
  }
  if (mine !== drawing) return;
  shownAt = performance.now();
  if (value.exposure) await new Promise((resolve) => setTimeout(resolve, value.exposure));
  if (mine === drawing) lock('ready', value.message);
};
const vote = (choice, input) => {
  if (!ready || (choice === 'T' && !props.value.allow_tie)) return;
  lock('sending');
  find(`[data-choice=${choice}]`).classList.add('chosen');
  setTimeout(() => find(`[data-choice=${choice}]`)?.classList.remove('chosen'), 250);
  const sent = trial;
  // The same uuid is sent again: the server counts it once.
  setTimeout(() => { if (trial === sent && !ready) lock('ready', 'No answer from the server yet. Please choose again.'); }, 10000);
  trigger('vote', { trial, choice, input, uuid, rt: Math.round(performance.now() - shownAt) });
};
const undo = () => {
  if (!ready || !props.value.can_undo) return;
  lock('sending');
  trigger('undo');
};
// Withdrawing takes two clicks: an alert would be blocked where the page is shown inside another.
let calm = 0;
const sure = (state) => {
  clearTimeout(calm);
  find('.trial-leave').dataset.sure = state;
  find('.trial-leave').textContent = state ? 'Yes, delete my answers' : 'Withdraw';
  if (state) calm = setTimeout(() => sure(false), 8000);
};
const leave = () => {
  if (find('.trial-leave').dataset.sure !== 'true') { sure(true); return; }
  sure(false);
  trigger('withdraw');
};
element.addEventListener('click', (event) => {
  const action = event.target.closest('button[data-do]')?.dataset.do;
  if (action) { ({ undo, leave })[action](); return; }
  const button = event.target.closest('button[data-choice]');
  // A click made by the keyboard has no position: it is counted as a key.
  if (button) vote(button.dataset.choice, event.detail === 0 ? 'keyboard' : event.pointerType === 'touch' ? 'touch' : 'mouse');
});
const onKey = (event) => {
  if (event.key === 'Backspace' && element.offsetParent && !event.repeat && !event.target.closest?.('input, textarea')) undo();
  const choice = KEYS[event.key.toLowerCase()];
  if (!choice || !element.isConnected || !element.offsetParent || event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.target.closest?.('input, textarea, select, .nav')) return;
  event.preventDefault();
  if (!event.repeat) vote(choice, 'keyboard');
};
document.addEventListener('keydown', onKey);
document.addEventListener('keyup', (event) => {
  // A focused button would vote a second time when Space is let go.
  if (event.key === ' ' && event.target.closest?.('.trial button')) event.preventDefault();
});
watch('value', draw);
draw();
