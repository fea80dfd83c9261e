// Further questions: on each pair, and to the person before, between or after the pairs.

import { h } from '../dom.js';
import { choiceField, textField, tick } from './fields.js';

const STAGES = [
  ['screener', 'Before the consent, to choose who may take part'],
  ['before', 'Before the pairs'],
  ['after', 'After the pairs'],
];
const KINDS = [
  ['choice', 'One of several answers'],
  ['number', 'A number'],
  ['text', 'A text'],
];
const NEW = {
  questions: { text: 'Which is nearer to a photograph?' },
  forms: {
    stage: 'before',
    text: 'How often do you edit photographs?',
    kind: 'choice',
    choices: ['never', 'sometimes', 'often'],
  },
};

const lines = (text) =>
  text
    .split('\n')
    .map((line) => line.trim())
    .filter(Boolean);
const freeKey = (list) => {
  const taken = new Set(list.map(({ key }) => key));
  let number = list.length + 1;
  while (taken.has(`question_${number}`)) number += 1;
  return `question_${number}`;
};

// Changes one entry of a list of the settings; a value of null removes a key.
const change = (work, list, index, key, value) => {
  const entries = [...(work.settings[list] ?? [])];
  const entry = { ...entries[index], [key]: value };
  if (value === null) delete entry[key];
  entries[index] = entry;
  work.replace(list, entries);
};

const translated = (work, list, index, second) => {
  const { texts } = work.settings[list][index];
  return textField('', 'The question in the second language', texts?.[second], (value) =>
    change(work, list, index, 'texts', value ? { [second]: value } : null),
  );
};

const common = (work, list, index, second) => {
  const entry = work.settings[list][index];
  return [
    textField('', 'Question', entry.text, (value) => change(work, list, index, 'text', value)),
    second ? translated(work, list, index, second) : '',
    textField('', 'Name in the tables', entry.key, (value) => change(work, list, index, 'key', value.trim())),
  ];
};

const answersOf = (work, index, second) => {
  const entry = work.settings.forms[index];
  const set = (key) => (value) => {
    const found = lines(value);
    change(work, 'forms', index, key, found.length ? found : null);
  };
  const area = (label, value, onChange) =>
    textField('', label, (value ?? []).join('\n'), onChange, {
      lines: 4,
      most: 4000,
      hint: 'One on each line.',
    });
  return [
    area('Answers to choose from', entry.choices, set('choices')),
    second
      ? area('The answers in the second language', entry.choice_texts?.[second], (value) => {
          const found = lines(value);
          change(work, 'forms', index, 'choice_texts', found.length ? { [second]: found } : null);
        })
      : '',
    entry.stage === 'screener'
      ? area('Answers with which one may take part', entry.accept, set('accept'))
      : '',
  ];
};

const formFields = (work, index, second, redraw) => {
  const entry = work.settings.forms[index];
  const again = (key) => (value) => {
    change(work, 'forms', index, key, value);
    if (key === 'stage' && value !== 'screener') change(work, 'forms', index, 'accept', null);
    if (key === 'kind' && value !== 'choice')
      for (const other of ['choices', 'choice_texts', 'accept']) change(work, 'forms', index, other, null);
    redraw();
  };
  return [
    ...common(work, 'forms', index, second),
    choiceField('', 'When it is asked', entry.stage, STAGES, again('stage')),
    choiceField('', 'Kind of answer', entry.kind ?? 'choice', KINDS, again('kind')),
    ...((entry.kind ?? 'choice') === 'choice' ? answersOf(work, index, second) : []),
    tick('May be left out', entry.optional ?? false, (on) =>
      change(work, 'forms', index, 'optional', on || null),
    ),
  ];
};

// list: 'questions' or 'forms'. fields: of one entry by its index.
const group = (work, list, title, fields, redraw) => {
  const entries = work.settings[list] ?? [];
  const remove = (index) => () => {
    const left = entries.filter((_, other) => other !== index);
    work.replace(list, left.length ? left : null);
    redraw();
  };
  const add = () => {
    work.replace(list, [...entries, { key: freeKey(entries), ...NEW[list] }]);
    redraw();
  };
  return h(
    'details',
    { open: entries.length > 0 },
    h('summary', {}, title),
    ...entries.map((_, index) =>
      h(
        'fieldset',
        { class: 'bld-entry' },
        h('legend', {}, `Question ${index + 1}`),
        h('div', { class: 'bld-two' }, ...fields(index)),
        h('button', { type: 'button', class: 'org-button', click: remove(index) }, 'Remove this question'),
      ),
    ),
    h('button', { type: 'button', class: 'org-button', click: add }, 'Add a question'),
  );
};

// Draws a group again without the others.
const own = (make) => {
  const root = h('div', {});
  const draw = () => root.replaceChildren(make(draw));
  draw();
  return root;
};

// second: the second language of the study, '' for none.
export const questions = (work, second) => {
  const pair = (index) => common(work, 'questions', index, second);
  const person = (draw) => (index) => formFields(work, index, second, draw);
  return h(
    'div',
    {},
    own((draw) => group(work, 'questions', 'Further questions on each pair', pair, draw)),
    own((draw) => group(work, 'forms', 'Questions to the person', person(draw), draw)),
  );
};
