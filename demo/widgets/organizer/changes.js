// A form for what may be changed after the start of a study; only changed values are sent.

import { h } from './dom.js';

const TEXTS = [
  ['headline', 'Headline', 'input'],
  ['instructions', 'Instructions', 'textarea'],
  ['consent', 'Consent', 'textarea'],
  ['thanks', 'Text at the end', 'textarea'],
];

// Place in study.toml → label, kind, explanation.
const FIELDS = [
  ['study.title', 'Title', 'input'],
  ['participants.target', 'People wanted', 'number'],
  ['participants.maximum', 'People at most', 'number', 'Nobody enrols beyond this number.'],
  ['consent.contact', 'Contact', 'input'],
  ['consent.text', 'Consent', 'textarea', 'Markdown. A new text needs a new version of the consent.'],
  ['consent.version', 'Version of the consent', 'input'],
  ['viewing.words', 'Note on viewing', 'textarea'],
];

const read = (values, path) => path.split('.').reduce((part, key) => part?.[key], values) ?? '';

const write = (changes, path, value) => {
  const keys = path.split('.');
  const last = keys.pop();
  let part = changes;
  for (const key of keys) {
    part[key] ??= {};
    part = part[key];
  }
  part[last] = value;
};

const field = ([path, label, kind, meaning], values) => {
  const before = String(read(values, path));
  const input =
    kind === 'textarea'
      ? h('textarea', { rows: 4 }, before)
      : h('input', { type: kind === 'number' ? 'number' : 'text', min: kind === 'number' ? '1' : null });
  input.value = before;
  const row = h(
    'label',
    {},
    h('span', {}, label),
    input,
    meaning && h('span', { class: 'org-small' }, meaning),
  );
  const changed = (changes) => {
    if (input.value === before) return;
    const number = input.value === '' ? null : Number(input.value);
    write(changes, path, kind === 'number' ? number : input.value);
  };
  return { row, changed };
};

// The end is picked in the time zone of the browser, and sent with it.
const endField = (study) => {
  const local = (iso) => {
    const moment = new Date(iso);
    return new Date(moment - moment.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
  };
  const before = study.closes_at ? local(study.closes_at) : '';
  const input = h('input', { type: 'datetime-local' });
  input.value = before;
  return {
    row: h('label', {}, h('span', {}, 'Nobody enrols from this time on'), input),
    changed: (changes) => {
      if (input.value !== before)
        changes.closes_at = input.value ? new Date(input.value).toISOString() : null;
    },
  };
};

const languageFields = (values) =>
  Object.keys(values.texts).flatMap((language) =>
    TEXTS.map(([key, label, kind]) => [`texts.${language}.${key}`, `${label} (${language})`, kind]),
  );

export const changesForm = (api, study, redraw) => {
  const title = h('h2', {}, 'Change after the start');
  if (study.status === 'closed')
    return h('section', {}, title, h('p', {}, 'The study is closed. Open it again before changes.'));
  const fields = [...FIELDS, ...languageFields(study.values)].map((one) => field(one, study.values));
  fields.push(endField(study));
  const submit = (event) => {
    event.preventDefault();
    const changes = {};
    for (const { changed } of fields) changed(changes);
    if (Object.keys(changes).length) redraw(() => api.post(`${study.path}/changes`, { changes }));
  };
  return h(
    'section',
    {},
    title,
    h(
      'p',
      { class: 'org-small' },
      'Votes depend on the methods, the pictures, the question, the numbers of pairs, the rules that leave ' +
        'people out, and the planned analyses. They cannot change: make a new version instead.',
    ),
    h(
      'form',
      { class: 'org-form', submit },
      ...fields.map(({ row }) => row),
      h('button', { class: 'org-button main' }, 'Save changes'),
    ),
  );
};
