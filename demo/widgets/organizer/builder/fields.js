// Makes fields. Each has a place, the table and key of its setting, at which the server names what is wrong.

import { h } from '../dom.js';

const labelled = (place, label, control, hint) =>
  h(
    'label',
    { class: 'bld-field', 'data-place': place },
    h('span', {}, label),
    control,
    hint && h('span', { class: 'org-small' }, hint),
    h('span', { class: 'bld-problem', role: 'status' }),
  );

// change is called with the new value while people type.
export const textField = (place, label, value, change, { hint = '', lines = 1, most = 200 } = {}) => {
  const input = (event) => change(event.target.value);
  const control =
    lines > 1
      ? h('textarea', { rows: lines, maxLength: most, input }, value ?? '')
      : h('input', { type: 'text', maxLength: most, value: value ?? '', input });
  return labelled(place, label, control, hint);
};

// change gets null for an empty field.
export const numberField = (place, label, value, change, { hint = '', least = 0, most = 1000 } = {}) => {
  const input = (event) => {
    const { value: text, valueAsNumber } = event.target;
    if (text === '' || Number.isInteger(valueAsNumber)) change(text === '' ? null : valueAsNumber);
  };
  const control = h('input', {
    type: 'number',
    inputmode: 'numeric',
    step: '1',
    min: String(least),
    max: String(most),
    value: value === null || value === undefined ? '' : String(value),
    input,
  });
  return labelled(place, label, control, hint);
};

// choices: [value, label] each.
export const choiceField = (place, label, value, choices, change, hint = '') => {
  const control = h(
    'select',
    { change: (event) => change(event.target.value) },
    ...choices.map(([key, text]) => h('option', { value: key, selected: key === value }, text)),
  );
  return labelled(place, label, control, hint);
};

export const tick = (label, checked, change, hint = '') =>
  h(
    'label',
    { class: 'bld-tick' },
    h('input', { type: 'checkbox', checked, change: (event) => change(event.target.checked) }),
    h('span', {}, label, hint && h('span', { class: 'org-small' }, hint)),
  );

// Writes what is wrong beside the fields; what has no field here is returned.
export const showProblems = (root, problems) => {
  const left = new Set(problems);
  for (const field of root.querySelectorAll('[data-place]')) {
    const own = problems.filter(({ place }) => place === field.dataset.place);
    const text = own.map(({ message }) => message).join(' ');
    const shown = field.querySelector('.bld-problem');
    if (shown && shown.textContent !== text) shown.textContent = text;
    const control = field.querySelector('input, select, textarea');
    if (own.length) control?.setAttribute('aria-invalid', 'true');
    else control?.removeAttribute('aria-invalid');
    for (const problem of own) left.delete(problem);
  }
  return [...left];
};
