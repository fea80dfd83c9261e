// Shows what a study asks for, its addresses, and whether it is the one at /study.

import { h, name, number } from './dom.js';

const copyRow = (label, address) => {
  const done = h('span', { role: 'status', class: 'org-small' });
  const click = async () => {
    await navigator.clipboard.writeText(address);
    done.textContent = 'Copied';
  };
  return h(
    'div',
    { class: 'org-copy' },
    h('label', {}, label, h('input', { readOnly: true, value: address, translate: 'no' })),
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

const atStudy = (api, study, redraw) => {
  if (study.is_default) return h('p', {}, 'This study is shown at /study without further parameters.');
  if (study.status === 'draft') return null;
  const click = () => redraw(() => api.post(`${study.path}/default`));
  return h(
    'div',
    { class: 'org-move' },
    h('button', { type: 'button', class: 'org-button', click }, 'Show at /study'),
    h(
      'p',
      { class: 'org-small' },
      'An address without a study leads to this one. People who have begun another stay in it.',
    ),
  );
};

export const start = (root, api, study, redraw) => {
  root.append(
    h('h2', {}, 'Address for participants'),
    copyRow('Address', `${location.origin}/study?study=${study.slug}`),
    atStudy(api, study, redraw) ?? '',
    h('h2', {}, 'What is asked'),
    facts(study),
  );
};
