// Draws how many votes each pair of methods has: a table whose cells are darker with more votes.

import { h, number } from './dom.js';

export const coverage = (methods, counts) => {
  const most = Math.max(1, ...counts.flat());
  const cell = (one, other) =>
    one === other
      ? h('td', { class: 'org-self' })
      : h('td', { style: `--share: ${counts[one][other] / most}` }, number(counts[one][other]));
  return h(
    'div',
    {
      class: 'org-table org-matrix',
      tabIndex: 0,
      role: 'region',
      'aria-label': 'Votes on each pair of methods',
    },
    h(
      'table',
      {},
      h(
        'thead',
        {},
        h(
          'tr',
          {},
          h('td', {}),
          ...methods.map((method) => h('th', { scope: 'col', translate: 'no' }, method)),
        ),
      ),
      h(
        'tbody',
        {},
        ...methods.map((method, one) =>
          h(
            'tr',
            {},
            h('th', { scope: 'row', translate: 'no' }, method),
            ...methods.map((_, other) => cell(one, other)),
          ),
        ),
      ),
    ),
  );
};
