// Shows a participant the screens of a study: consent, instructions, trials, end. The server decides on each.
const OFFLINE = 'No connection. Your answer is kept here and is sent as soon as the connection is back.';
let slug = '',
  token = '',
  claim = '';

const show = (name) => {
  for (const screen of root.querySelectorAll('[data-screen]')) screen.hidden = screen.dataset.screen !== name;
  root.querySelector(`[data-screen=${name}] h1`)?.focus({ preventScroll: true });
};
const say = (name, text) => {
  const field = root.querySelector(`[data-notice=${name}]`);
  field.textContent = text || '';
  field.hidden = !text;
};
const keep = () => write(KEPT, slug, token || claim ? { token, claim } : null);

// Shows the screen of the state that the server returned.
const showState = (state, message) => {
  if (state.state === 'trial') {
    if (stage.hidden) show('trial');
    draw(state.trial, message);
  } else if (state.state === 'complete') {
    root.querySelector('.code').textContent = state.code;
    show('thanks');
  } else {
    root.querySelector('[data-ended]').textContent = state.message;
    show('ended');
  }
};
// Asks for consent: a new visitor, or one whose participation the server does not have.
const askConsent = () => {
  token = '';
  keep();
  show('consent');
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
    if (fault.status === 401) askConsent();
    else {
      root.querySelector('[data-ended]').textContent = fault.message;
      show('ended');
    }
  }
};
// Sends an answer, which stays in the storage of the browser until the server has it.
const send = async (answer) => {
  write(UNSENT, slug, answer);
  try {
    const state = await askUntilAnswered(slug, 'vote', answer, token, (words) =>
      lock('sending', words || OFFLINE),
    );
    write(UNSENT, slug, null);
    showState(state);
  } catch (fault) {
    write(UNSENT, slug, null);
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
  write(UNSENT, slug, null);
  lock('sending');
  const waiting = (words) =>
    stage.hidden
      ? say('thanks', words || 'No connection. This is sent again.')
      : lock('sending', words || 'No connection. This is sent again.');
  try {
    showState(await askUntilAnswered(slug, 'withdraw', {}, token, waiting));
  } catch {
    askConsent();
  }
};
const enrol = async (button) => {
  button.disabled = true;
  say('instructions', '');
  // The claim is stored before it is sent: after a lost answer the same claim returns the same participant.
  claim ||= `${randomId()}-${randomId()}`.slice(0, 73);
  keep();
  const link = Object.fromEntries(
    [...new URLSearchParams(location.search)].slice(0, 30).map(([k, v]) => [k.slice(0, 50), v.slice(0, 200)]),
  );
  const device = {
    width: innerWidth,
    height: innerHeight,
    pixel_ratio: devicePixelRatio || 1,
    touch: matchMedia('(pointer: coarse)').matches,
  };
  try {
    const state = await askUntilAnswered(slug, 'enrol', { claim, link, device }, '', (words) =>
      say('instructions', words || 'No connection. Trying again…'),
    );
    token = state.token || token;
    keep();
    say('instructions', '');
    showState(state);
  } catch (fault) {
    say('instructions', fault.message || 'This did not work. Please reload the page.');
  }
  button.disabled = false;
};
const decline = async () => {
  const thanks = { state: 'ended', message: 'Thank you for looking. Nothing was kept.' };
  showState(await ask(slug, 'decline').catch(() => thanks));
};
const ACTIONS = {
  agree: () => show('instructions'),
  start: enrol,
  decline,
  undo,
  withdraw,
};
root.addEventListener('click', (event) => {
  const button = event.target.closest('button[data-do]');
  if (button) ACTIONS[button.dataset.do](button);
});
root.querySelector('#agree input').addEventListener('change', (event) => {
  root.querySelector('#go-on').disabled = !event.target.checked;
});

// Replaces the texts of this page by those of the study, where it has its own. They are not translated.
const paragraphs = (texts, translate = false) =>
  texts
    .filter((text) => text.trim())
    .map((text) => {
      const p = document.createElement('p');
      p.translate = translate;
      p.textContent = text;
      return p;
    });
const showTexts = (info) => {
  if (info.consent) {
    const sheet = root.querySelector('[data-words=consent]'),
      heading = sheet.querySelector('h1');
    heading.translate = false;
    heading.textContent = info.title;
    sheet.replaceChildren(
      heading,
      ...paragraphs(info.consent.split('\n\n')),
      ...paragraphs([info.contact && `Questions: ${info.contact}`], true),
    );
  }
  const wide = info.minimum_width
    ? `Please use a window that is at least ${info.minimum_width} pixels wide.`
    : '';
  root
    .querySelector('[data-words=instructions]')
    .append(...paragraphs([info.words]), ...paragraphs([wide], true));
};
const open = async () => {
  slug = new URLSearchParams(location.search).get('study') || '';
  const loading = (words) => {
    root.querySelector('.study-wait').textContent = words || 'No connection. Trying again…';
  };
  try {
    const info = await askUntilAnswered(slug, '', null, '', loading);
    slug = info.slug;
    showTexts(info);
  } catch (fault) {
    root.querySelector('[data-ended]').textContent =
      fault.message || 'There is no such study. Is the address complete?';
    show('ended');
    return;
  }
  ({ token = '', claim = '' } = read(KEPT)[slug] || {});
  const unsent = read(UNSENT)[slug];
  if (!token) askConsent();
  else if (unsent) await send(unsent);
  else await refresh('', true);
};
open();
