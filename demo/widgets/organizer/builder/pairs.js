// Shows every pair of a study with the names of its methods, one picture of the study at a time.

import { h, notice } from '../dom.js';

const KINDS = { main: '', gold: 'Known answer', practice: 'Practice' };

const side = (address, pair, which) =>
  h(
    'figure',
    {},
    h('img', {
      src: `${address}/${pair.id}/${which}`,
      alt: '',
      width: String(pair.width),
      height: String(pair.height),
      loading: 'lazy',
    }),
    h('figcaption', { translate: 'no' }, pair[which]),
  );

const drawPair = (address) => (pair) =>
  h(
    'div',
    { class: 'bld-pair', role: 'group', 'aria-label': `${pair.first}, ${pair.second}` },
    side(address, pair, 'first'),
    side(address, pair, 'second'),
    KINDS[pair.kind] && h('span', { class: 'org-badge' }, KINDS[pair.kind]),
  );

// Opens the study in a tab of its own, as a participant sees it.
const rehearsal = (api, study) => {
  const fault = h('div', {});
  const click = async () => {
    const tab = window.open('', '_blank'); // browsers open tabs during a click only
    try {
      const { address } = await api.post(`studies/${study.slug}/${study.version}/rehearsal`);
      if (tab) tab.location.replace(address);
      else location.assign(address);
    } catch (error) {
      tab?.close();
      fault.replaceChildren(notice(error.message));
    }
  };
  return h(
    'div',
    { class: 'org-move' },
    h('button', { type: 'button', class: 'org-button', click }, 'Rehearse'),
    h('p', { class: 'org-small' }, 'Opens the study as people see it. Nothing of a rehearsal counts.'),
    fault,
  );
};

export const start = async (root, api, study) => {
  const address = `/organizer/api/studies/${study.slug}/${study.version}/pairs`;
  let pairs = [],
    pictures = 2;
  try {
    ({ pairs, pictures } = await api.get(`studies/${study.slug}/${study.version}/pairs`));
  } catch (error) {
    root.replaceChildren(notice(error.message));
    return;
  }
  const items = [...new Set(pairs.map(({ item }) => item))];
  const shown = h('div', { class: 'bld-pairs' });
  const draw = (item) =>
    shown.replaceChildren(...pairs.filter((one) => one.item === item).map(drawPair(address)));
  const choice = h(
    'select',
    { change: (event) => draw(event.target.value) },
    ...items.map((item) => h('option', { value: item, translate: 'no' }, item)),
  );
  const step = (by) => () => {
    choice.selectedIndex = Math.max(0, Math.min(items.length - 1, choice.selectedIndex + by));
    draw(choice.value);
  };
  root.replaceChildren(
    rehearsal(api, study),
    h(
      'p',
      {},
      `${pairs.length} pairs of ${items.length} pictures. Sides change at random when people take part.`,
    ),
    ...(pictures > 2
      ? [
          h(
            'p',
            {},
            `People see ${pictures} results of a picture at a time, of every combination of methods.`,
          ),
        ]
      : []),
    h(
      'div',
      { class: 'org-copy' },
      h('label', {}, h('span', {}, 'Picture'), choice),
      h('button', { type: 'button', class: 'org-button', click: step(-1) }, 'Previous'),
      h('button', { type: 'button', class: 'org-button', click: step(1) }, 'Next'),
    ),
    shown,
  );
  if (items.length) draw(items[0]);
};
