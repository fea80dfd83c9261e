// The step about people: how much each of them answers, how many are needed, and where they come from.

import { h } from '../dom.js';
import { choiceField, numberField, textField, tick } from './fields.js';

const ANSWERS = [
  ['three', 'Left, right or no difference'],
  ['two', 'Left or right'],
  ['graded', 'Much better, better or no difference'],
];
const PICTURES = [
  ['2', 'Two'],
  ['3', 'Three, of which people choose the best'],
  ['4', 'Four, of which people choose the best'],
];
const SOURCES = [
  ['open', 'Anybody with the link'],
  ['prolific', 'Prolific'],
  ['mturk', 'Mechanical Turk'],
  ['cloudresearch', 'CloudResearch'],
  ['sona', 'SONA'],
  ['any', 'Several of these services'],
];
const PREFERENCES = [
  ['0.55', '55 of 100 people prefer it'],
  ['0.6', '60 of 100 people prefer it'],
  ['0.65', '65 of 100 people prefer it'],
  ['0.7', '70 of 100 people prefer it'],
  ['0.75', '75 of 100 people prefer it'],
];
const ACCESS = [
  ['organizers', 'Organizers'],
  ['link', 'Everybody with a secret link'],
  ['public', 'Everybody'],
];

const number = (work, table, key, label, otherwise, options) =>
  numberField(
    `${table}.${key}`,
    label,
    work.table(table)[key] ?? otherwise,
    (value) => work.change(table, key, value),
    options,
  );

const choice = (work, table, key, label, otherwise, choices) =>
  choiceField(`${table}.${key}`, label, work.table(table)[key] ?? otherwise, choices, (value) =>
    work.change(table, key, value),
  );

const pictures = (work) => {
  const value = String(work.table('trials').pictures ?? 2);
  return choiceField('trials.pictures', 'Pictures at a time', value, PICTURES, (chosen) =>
    work.change('trials', 'pictures', Number(chosen)),
  );
};

const code = (work, key, label) => {
  const codes = work.table('participants').codes ?? {};
  return textField(
    `participants.codes.${key}`,
    label,
    codes[key],
    (value) => {
      const others = { ...(work.table('participants').codes ?? {}) };
      if (value) others[key] = value;
      else delete others[key];
      work.change('participants', 'codes', Object.keys(others).length ? others : null);
    },
    { most: 60 },
  );
};

const trials = (work) =>
  h(
    'div',
    { class: 'bld-two' },
    number(work, 'trials', 'votes', 'Pairs for each person', 20, { least: 1 }),
    pictures(work),
    choice(work, 'trials', 'answers', 'Answers', 'three', ANSWERS),
    number(work, 'trials', 'gold', 'Pairs with a known answer', 0),
    number(work, 'trials', 'repeats', 'Pairs that are shown twice', 0),
    number(work, 'trials', 'practice', 'Pairs for practice', 0, {
      hint: work.build.files.practice
        ? 'They come first. Their better picture is shown after the answer.'
        : 'They come first, from the last pictures, which are used for practice only.',
    }),
  );

const needed = (work) => {
  const change = (value) => work.change('plan', 'preference', Number(value));
  const value = String(work.table('plan').preference ?? 0.6);
  return h(
    'div',
    { class: 'bld-two' },
    choiceField(
      'plan.preference',
      'The smallest difference that you want to find',
      value,
      PREFERENCES,
      change,
    ),
    number(work, 'participants', 'target', 'People that you plan', null, {
      least: 1,
      most: 1000000,
      hint: 'Fixes when scores may be read. Nobody is turned away at this number.',
    }),
    number(work, 'participants', 'maximum', 'People at most', null, {
      least: 1,
      most: 1000000,
      hint: 'Nobody enrols beyond this number. Empty for no limit.',
    }),
  );
};

const source = (work) =>
  h(
    'div',
    {},
    choice(work, 'participants', 'source', 'Where people come from', 'open', SOURCES),
    h(
      'details',
      { open: Boolean(work.table('participants').codes) },
      h('summary', {}, 'Codes that the service expects'),
      h(
        'div',
        { class: 'bld-two' },
        code(work, 'complete', 'Completed'),
        code(work, 'screened', 'Not admitted'),
        code(work, 'failed', 'Checks not passed'),
        code(work, 'declined', 'No consent'),
      ),
    ),
  );

const devices = (work) => {
  const phones = work.table('devices').phones ?? true;
  const own = work.table('results').own_choices ?? true;
  const full = work.table('viewing').full_resolution ?? false;
  return h(
    'div',
    {},
    tick('Phones may take part', phones, (on) => work.change('devices', 'phones', on)),
    tick('Pictures in full size where the screen has room', full, (on) =>
      work.change('viewing', 'full_resolution', on),
    ),
    number(work, 'devices', 'minimum_width', 'Smallest width of the window in pixels', 0, { most: 10000 }),
    choice(work, 'results', 'access', 'Who may read the results', 'organizers', ACCESS),
    tick('People may read their own answers when the study is over', own, (on) =>
      work.change('results', 'own_choices', on),
    ),
  );
};

export const peopleStep = (root, work) => {
  root.replaceChildren(
    h('h3', {}, 'Pairs'), trials(work),
    h('h3', {}, 'Number of people'), needed(work),
    h('h3', {}, 'Recruitment'), source(work),
    h('h3', {}, 'Devices and results'), devices(work),
  ); // biome-ignore format: one heading a line
  return () => {}; // fields keep what is typed in them
};
