// Shows a participant the screens of a study: consent, instructions, trials, end. The server decides on each.
const UNSENT_WORDS = 'No connection. This is sent again.';
const OFFLINE = 'No connection. Your answer is kept here and is sent as soon as the connection is back.';
const ENDS = ['refused', 'thanks', 'choices', 'ended'];
let slug = '',
  token = '',
  claim = '';

const show = (name) => {
  for (const screen of root.querySelectorAll('[data-screen]')) screen.hidden = screen.dataset.screen !== name;
  const shown = root.querySelector(`[data-screen=${name}]`);
  shown.tabIndex = -1;
  (shown.querySelector('h1[tabindex]') || shown).focus({ preventScroll: true });
  scrollTo(0, 0);
  checkWidth();
  // From the consent to the end, nothing leads away from the study.
  const brand = document.querySelector('.nav-brand');
  if (brand) brand.inert = !ENDS.includes(name);
};
const say = (name, text) => {
  const field = root.querySelector(`[data-notice=${name}]`);
  field.textContent = text || '';
  field.hidden = !text;
};
// The storage of the browser holds each participation; `over` marks those that a bare address does not continue.
const keep = (over = false) =>
  write(
    KEPT,
    placeOf(slug),
    token || claim ? { token, claim, link: linkParameters(), over, at: Date.now() } : null,
  );
const unfinished = () => {
  const open = Object.entries(read(KEPT)).filter(
    ([name, one]) => one.token && !one.over && !name.includes(' '),
  );
  return open.sort(([, one], [, other]) => (other.at || 0) - (one.at || 0))[0]?.[0] || '';
};
const showWaiting = (words) => {
  root.querySelector('.study-wait').textContent = words || 'No connection. Trying again…';
};

// Shows the screen of the state that the server returned. finished: the person has just come to it.
const showState = (state, message, finished = false) => {
  if (showPractice(state, () => showState({ ...state, better: null }, message, finished))) return;
  if (state.state === 'trial') {
    if (stage.hidden) show('trial');
    draw(state.trial, message);
    return;
  }
  lock('done');
  if (state.state === 'form') {
    askForm('after', sendAfter);
    return;
  }
  keep(true);
  if (state.state === 'complete') showThanks(state, finished);
  else showEnd(state, finished);
};
// Begins again: a new visitor, or one whose participation the server does not have.
const beginAgain = () => {
  token = '';
  keep();
  keepPractised(null);
  return arrive();
};

const refresh = async (message, returning) => {
  try {
    showState(
      await askUntilAnswered(slug, 'next', { returning: Boolean(returning) }, token, (words) =>
        lock('sending', words || OFFLINE),
      ),
      message,
    );
  } catch (fault) {
    if (fault.status === 401) await beginAgain();
    else showEnd({ reason: fault.code, message: fault.message });
  }
};
// Sends an answer, which stays in the storage of the browser until the server has it.
const send = async (answer) => {
  write(UNSENT, placeOf(slug), answer);
  try {
    const state = await askUntilAnswered(slug, 'vote', answer, token, (words) =>
      lock('sending', words || OFFLINE),
    );
    write(UNSENT, placeOf(slug), null);
    showState(state, '', true);
  } catch (fault) {
    write(UNSENT, placeOf(slug), null);
    await refresh(fault.message);
  }
};
const undo = async () => {
  if (askAgain() || !ready || !trial.can_undo) return;
  lock('sending');
  try {
    showState(
      await askUntilAnswered(slug, 'undo', { trial: trial.trial }, token, (words) =>
        lock('sending', words || OFFLINE),
      ),
    );
  } catch (fault) {
    await refresh(fault.message);
  }
};
// Withdrawing takes two clicks: browsers block a confirm dialog where the page is shown inside another.
const resetButton = (button) => {
  clearTimeout(button.resetTimer);
  if (button.dataset.label) button.textContent = button.dataset.label;
  button.classList.remove('sure');
};
const withdraw = async (button) => {
  if (!button.classList.contains('sure')) {
    button.dataset.label ||= button.textContent;
    button.textContent = button.dataset.sure;
    button.classList.add('sure');
    button.resetTimer = setTimeout(() => resetButton(button), 8000);
    return;
  }
  resetButton(button);
  write(UNSENT, placeOf(slug), null);
  leaveFeedback();
  lock('sending');
  const waiting = (words) => {
    if (stage.hidden) say(button.closest('[data-screen]').dataset.screen, words || UNSENT_WORDS);
    else lock('sending', words || UNSENT_WORDS);
  };
  stayHere();
  try {
    showState(await askUntilAnswered(slug, 'withdraw', {}, token, waiting));
  } catch {
    await beginAgain();
  }
};
const enrol = async (button) => {
  button.disabled = true;
  say('instructions', '');
  try {
    const state = await askUntilAnswered(slug, 'enrol', body(), '', (words) =>
      say('instructions', words || 'No connection. Trying again…'),
    );
    token = state.token || token;
    keep();
    showState(state, '', true);
  } catch (fault) {
    if (fault.code === 'small_window') showRefusal(fault);
    else say('instructions', fault.message || 'This did not work. Please reload the page.');
  }
  button.disabled = false;
};
const sendAfter = async () =>
  showState(
    await askUntilAnswered(slug, 'answers', { answers: formsGiven.after }, token, (words) =>
      say('form', words || UNSENT_WORDS),
    ),
    '',
    true,
  );
const decline = async () => {
  const thanks = { state: 'ended', message: 'Thank you for looking. Nothing was kept.' };
  const sent = { link: linkParameters() };
  claim = '';
  showState(await ask(slug, 'decline', sent).catch(() => thanks), '', true);
};
const ACTIONS = {
  again: () => arrive(),
  agree: () => askForm('before', () => show('instructions')),
  start: enrol,
  decline,
  undo,
  withdraw,
  choices: showChoices,
  back: () => show('thanks'),
};
root.addEventListener('click', (event) => {
  const button = event.target.closest('button[data-do]');
  if (button) ACTIONS[button.dataset.do](button);
});
root.querySelector('#agree input').addEventListener('change', (event) => {
  root.querySelector('#go-on').disabled = !event.target.checked;
});

formRoot.querySelector('form').addEventListener('submit', (event) => {
  event.preventDefault();
  sendForm();
});

// While people read or compare, a window that became too small is covered until it is wide enough again.
const NEEDS_WIDTH = ['consent', 'instructions', 'trial'];
const checkWidth = () => {
  const cover = root.querySelector('.study-narrow'),
    shown = root.querySelector('[data-screen]:not([hidden])');
  const narrow = NEEDS_WIDTH.includes(shown?.dataset.screen) && innerWidth < (info?.minimum_width || 0);
  for (const screen of root.querySelectorAll('[data-screen]')) screen.inert = narrow;
  cover.hidden = !narrow;
  cover.firstElementChild.textContent = narrow
    ? `Please make the window wider: it is ${innerWidth} of ${info.minimum_width} pixels wide.`
    : '';
};
const onResize = () => {
  if (!element.isConnected) return;
  checkWidth();
  if (!root.querySelector('#refused').hidden && measureWindow()) arrive();
};

const readInfo = async () => {
  info = await askUntilAnswered(slug, '', null, token, showWaiting);
  slug = info.slug;
  showTexts();
};
const restore = () => {
  ({ token = '', claim = '' } = read(KEPT)[placeOf(slug)] || {});
};
const open = async () => {
  slug = new URLSearchParams(location.search).get('study') || unfinished();
  try {
    restore();
    await readInfo();
  } catch (fault) {
    showRefusal({ code: 'unknown_study', message: fault.message });
    return;
  }
  restore();
  const unsent = read(UNSENT)[placeOf(slug)];
  if (!token) await arrive();
  else if (unsent) await send(unsent);
  else await refresh('', true);
};
root.querySelector('.study-rehearsal').hidden = !rehearsing;
addEventListener('resize', onResize);
// The texts of the study are those of the server in the new language of the page.
new MutationObserver(() => {
  if (info) readInfo();
}).observe(document.documentElement, { attributes: true, attributeFilter: ['lang'] });
open();
