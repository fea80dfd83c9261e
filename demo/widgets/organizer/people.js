// Lists people by their codes; rejects and restores them, keeps notes, sets answers aside as a pilot.

import { ask, h, notice, number, table, time } from './dom.js';

const AT_ONCE = 100; // rows that are drawn before "Show more"
const STATES = {
  active: 'Active',
  complete: 'Completed',
  expired: 'Stopped',
  withdrawn: 'Withdrew',
  rejected: 'Rejected',
  screened: 'Screened out',
};
const CHECKS = {
  gold: 'gold pairs wrong',
  repeats: 'repeats differ',
  speed: 'very fast',
  side: 'one side',
  run: 'same answer in a row',
};
const HEADS = ['Code', 'State', 'Began', 'Minutes', 'Answers', 'Failed checks', 'Note', 'Change'];

const button = (label, click, about) =>
  h('button', { type: 'button', class: 'org-button', click, 'aria-label': about }, label);

// What can be done to a person: [label, question, field, action].
const REJECT = [
  'Reject',
  'Reject this person? Their answers count nowhere, and their place goes to another.',
];
const RESTORE = ['Restore', 'Restore this person? Their answers count again.'];
const NOTE = ['Note', 'A note on this person. It replaces the one before.'];

const changes = (person, act) => {
  const run =
    ([label, question], action, field) =>
    async () => {
      const text = await ask(question, { yes: label, field });
      if (text !== null) act(person.code, { action, text });
    };
  const first =
    person.status === 'rejected'
      ? button(RESTORE[0], run(RESTORE, 'restore', ''), `Restore ${person.code}`)
      : button(REJECT[0], run(REJECT, 'reject', 'Reason'), `Reject ${person.code}`);
  const gone = ['withdrawn', 'screened'].includes(person.status);
  return h(
    'span',
    { class: 'org-changes' },
    !gone && first,
    button(NOTE[0], run(NOTE, 'note', 'Note'), `Note on ${person.code}`),
  );
};

const row = (act) => (person) => [
  h('code', { translate: 'no' }, person.code),
  h(
    'span',
    {},
    h('span', {}, STATES[person.status] ?? person.status),
    person.phase === 'pilot' && ' ',
    person.phase === 'pilot' && h('span', { class: 'org-badge' }, 'Pilot'),
    person.reason && h('span', { class: 'org-small org-block', translate: 'no' }, person.reason),
  ),
  time(person.started),
  person.minutes === null ? '–' : String(person.minutes),
  `${person.answered} of ${person.trials}`,
  h('span', {}, person.failed.length ? person.failed.map((rule) => CHECKS[rule] ?? rule).join(', ') : '–'),
  h('span', { translate: 'no' }, person.note || '–'),
  changes(person, act),
];

const filters = (onChange) => {
  const code = h('input', { type: 'search', autocomplete: 'off', spellcheck: false });
  const state = h(
    'select',
    {},
    h('option', { value: '' }, 'All states'),
    ...Object.entries(STATES).map(([value, label]) => h('option', { value }, label)),
    h('option', { value: 'failed' }, 'Failed checks'),
  );
  const changed = () => onChange(code.value.trim().toLowerCase(), state.value);
  code.addEventListener('input', changed);
  state.addEventListener('change', changed);
  return h('div', { class: 'org-filters' }, h('label', {}, 'Code', code), h('label', {}, 'State', state));
};

const fits = (code, state) => (person) =>
  person.code.toLowerCase().includes(code) &&
  (!state || (state === 'failed' ? person.failed.length > 0 : person.status === state));

const drawList = (everybody, act) => {
  const body = h('div', {});
  let chosen = everybody;
  let shown = AT_ONCE;
  const draw = () => {
    body.replaceChildren(
      h(
        'p',
        { class: 'org-small', role: 'status' },
        `${number(chosen.length)} of ${number(everybody.length)} people`,
      ),
      table('People', HEADS, chosen.slice(0, shown).map(row(act))),
    );
    if (chosen.length > shown) body.append(button('Show more', more));
  };
  const more = () => {
    shown += 5 * AT_ONCE;
    draw();
  };
  const bar = filters((code, state) => {
    chosen = everybody.filter(fits(code, state));
    draw();
  });
  draw();
  return h('div', {}, bar, body);
};

const paying = (study) => {
  const base = `/organizer/files/${encodeURIComponent(study.slug)}`;
  return h(
    'section',
    {},
    h('h2', {}, 'Pay people'),
    h(
      'p',
      {},
      h(
        'a',
        { href: `${base}/participants.csv?version=${study.version}`, download: '' },
        'Codes to pay by, as CSV',
      ),
    ),
    h(
      'p',
      { class: 'org-small' },
      'Names no person: each code is the one that was shown at the end of the study.',
    ),
    h(
      'p',
      {},
      h(
        'a',
        { href: `${base}/ids.csv?version=${study.version}`, download: '' },
        'Ids of the recruitment service, as CSV',
      ),
    ),
    h(
      'p',
      { class: 'org-small' },
      'These ids can name people. Keep the file to yourself, and delete it after paying. The log shows each download.',
    ),
  );
};

const aside = (api, study, redraw) => {
  const actButton = (label, question, path) =>
    button(label, async () => {
      if ((await ask(question, { yes: label })) !== null) redraw(() => api.post(`${study.path}/${path}`));
    });
  const pilot = 'Set all answers so far aside as a pilot? They count nowhere, and their places go to others.';
  return h(
    'section',
    {},
    h('h2', {}, 'Pilot and ids'),
    h(
      'div',
      { class: 'org-buttons' },
      actButton('Set answers aside as pilot', pilot, 'pilot'),
      actButton('Delete the pilot', 'Delete all answers of the pilot for good?', 'pilot/delete'),
      actButton(
        'Erase all ids',
        'Erase the ids of the recruitment service for good? Nobody can be paid by them afterwards.',
        'ids/erase',
      ),
    ),
  );
};

export const start = async (root, api, study, redraw) => {
  const waiting = h('p', { role: 'status' }, 'Reading the answers …');
  root.append(h('h2', {}, 'People'), waiting);
  try {
    const { people } = await api.get(`${study.path}/participants`);
    waiting.remove();
    const act = (code, body) =>
      redraw(() => api.post(`${study.path}/participants/${encodeURIComponent(code)}`, body));
    root.append(
      people.length ? drawList(people, act) : h('p', { class: 'org-empty' }, 'Nobody has taken part yet.'),
      paying(study),
      aside(api, study, redraw),
    );
  } catch (error) {
    waiting.remove();
    root.append(notice(error.message));
  }
};
