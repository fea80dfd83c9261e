// The step about methods: those that this server runs, and folders with the results of others.

import { h, name } from '../dom.js';
import { tick } from './fields.js';
import { dropZone } from './uploads.js';

export const chosenMethods = (work) => work.table('stimuli').methods ?? [];

export const choose = (work, method, on) => {
  const others = chosenMethods(work).filter((one) => one !== method);
  work.change('stimuli', 'methods', on ? [...others, method] : others);
};

const box = (work, method, chosen, hint = '') =>
  tick(name(method.title), chosen.includes(method.name), (on) => choose(work, method.name, on), hint);

const ownMethods = (work, chosen) =>
  h(
    'fieldset',
    { class: 'bld-methods' },
    h('legend', {}, 'Methods that this server runs'),
    ...work.catalog.methods.filter(({ reason }) => !reason).map((method) => box(work, method, chosen)),
  );

const others = (work) => {
  const missing = work.catalog.methods.filter(({ reason }) => reason);
  if (!missing.length) return null;
  return h(
    'details',
    {},
    h('summary', {}, 'Methods that cannot run here'),
    h('p', { class: 'org-small' }, 'Add a folder with their results below to compare them all the same.'),
    h(
      'ul',
      { class: 'bld-findings', translate: 'no' },
      ...missing.map(({ name: key, title, reason }) =>
        h('li', {}, h('b', {}, `${title} (${key})`), `: ${reason}`),
      ),
    ),
  );
};

const rivalLine = (work, method, result, chosen) => {
  const click = async () => {
    choose(work, method, false);
    await work.act('remove', { places: [`results/${method}`] });
  };
  const state =
    result.missing === 0
      ? `${result.count} pictures`
      : `${result.count} pictures, ${result.missing} are missing`;
  return h(
    'li',
    {},
    tick(name(method), chosen.includes(method), (on) => choose(work, method, on)),
    h('span', { class: result.missing ? 'bld-problem' : 'org-small' }, state),
    result.missing > 0 && h('span', { class: 'org-small', translate: 'no' }, result.first_missing.join(', ')),
    h('button', { type: 'button', class: 'org-button', 'aria-label': `Remove ${method}`, click }, 'Remove'),
  );
};

const rivals = (work, chosen) => {
  const results = Object.entries(work.build.files.results);
  if (!results.length) return null;
  return h(
    'fieldset',
    { class: 'bld-methods' },
    h('legend', {}, 'Methods with a folder of results'),
    h(
      'ul',
      { class: 'bld-rivals' },
      ...results.map(([method, result]) => rivalLine(work, method, result, chosen)),
    ),
  );
};

export const methodsStep = (root, work) => {
  const draw = () => {
    const images = work.table('stimuli').kind === 'images';
    const chosen = chosenMethods(work);
    root.replaceChildren(
      h('p', { 'data-place': 'stimuli.methods' }, h('span', { class: 'bld-problem', role: 'status' })),
      images ? '' : ownMethods(work, chosen),
      rivals(work, chosen) ?? '',
      (!images && others(work)) || '',
      dropZone(work, {
        label: 'Results of other methods',
        hint: 'A folder for each method: the pictures in it have the names of yours. Several folders at once, or a zip file of them, work too.',
        area: 'results',
      }),
    );
  };
  draw();
  return draw;
};
