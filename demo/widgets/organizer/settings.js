// Shows the addresses of a study and what it asks for; changes what may be changed after the start.

import { changesForm } from './changes.js';
import { h, name, number } from './dom.js';
import { atStudy } from './states.js';

const ACCESS = [
  ['organizers', 'Organizers only', 'Nobody else can open the results.'],
  ['link', 'Anybody with the link', 'The link below has a key. Choosing this again makes a new key.'],
  ['public', 'Everybody', 'The page Results shows them, also while people vote.'],
];

const copyRow = (label, address) => {
  const done = h('span', { role: 'status', class: 'org-small' });
  const field = h('input', { readOnly: true, value: address, translate: 'no', dir: 'ltr' });
  const click = async () => {
    try {
      await navigator.clipboard.writeText(address);
      done.textContent = 'Copied';
    } catch {
      field.select(); // a browser without a clipboard, as over plain HTTP: people copy the marked text
      done.textContent = 'Marked: please copy it';
    }
  };
  return h(
    'div',
    { class: 'org-copy' },
    h('label', {}, h('span', {}, label), field),
    h('button', { type: 'button', class: 'org-button', click, 'aria-label': `Copy: ${label}` }, 'Copy'),
    done,
  );
};

const facts = (study) => {
  const pairs = [
    ['Question', name(study.question)],
    ['Pairs for each person', number(study.votes_each)],
    ['Gold pairs', number(study.gold)],
    ['Repeated pairs', number(study.repeats)],
    ['Practice pairs', number(study.practice)],
    ['People wanted', study.target ? number(study.target) : 'no number fixed'],
    ['People at most', study.maximum ? number(study.maximum) : 'no limit'],
  ];
  return h(
    'dl',
    { class: 'org-facts' },
    ...pairs.flatMap(([term, value]) => [h('dt', {}, term), h('dd', {}, value)]),
  );
};

// Opens a rehearsal with ids as a recruitment service would send them.
const tryLink = (api, study, example) => {
  const fault = h('span', { role: 'status', class: 'org-small' });
  const click = async () => {
    try {
      const { address } = await api.post(`${study.path}/rehearsal`);
      const target = new URL(address, location.origin);
      for (const [key, value] of new URL(example, location.origin).searchParams)
        if (!target.searchParams.has(key)) target.searchParams.append(key, value);
      window.open(target, '_blank');
    } catch (error) {
      fault.textContent = error.message;
    }
  };
  return h(
    'p',
    {},
    h('button', { type: 'button', class: 'org-button', click }, 'Try this address; nothing is counted'),
    ' ',
    fault,
  );
};

// How the ids of a person come into the address. Placeholders have signs that no id contains.
const idsOf = (source, address) => {
  if (source === 'open') return 'For anybody. Nobody is recognized, except in the same browser.';
  return /[{%]/.test(address)
    ? 'The service replaces the parts between % signs by the ids of each person.'
    : 'Paste it as it is: the service adds the ids of each person by itself.';
};

const links = (api, study) => [
  h('h2', {}, 'Addresses for participants'),
  ...study.links.map(({ source, name: label, address, example }) =>
    h(
      'div',
      {},
      copyRow(label, `${location.origin}${address}`),
      h('p', { class: 'org-small' }, idsOf(source, address)),
      tryLink(api, study, example),
    ),
  ),
];

const readers = (api, study, redraw) => {
  const address = `${location.origin}/results?study=${study.slug}&version=${study.version}`;
  const change = (event) => redraw(() => api.post(`${study.path}/results`, { access: event.target.value }));
  const choices = ACCESS.map(([value, label, meaning]) =>
    h(
      'label',
      { class: 'org-choice' },
      h('input', { type: 'radio', name: 'access', value, checked: study.results_access === value, change }),
      h('span', {}, h('b', {}, label), h('span', { class: 'org-small org-block' }, meaning)),
    ),
  );
  return h(
    'fieldset',
    { class: 'org-group' },
    h('legend', {}, h('h2', {}, 'Who may read the results')),
    ...choices,
    study.results_access === 'link' && copyRow('Link to the results', `${address}&key=${study.results_key}`),
  );
};

export const start = (root, api, study, redraw) => {
  root.append(
    ...links(api, study),
    study.status === 'draft' ? '' : atStudy(api, study, redraw),
    readers(api, study, redraw),
    h('h2', {}, 'What is asked'),
    facts(study),
    changesForm(api, study, redraw),
  );
};
