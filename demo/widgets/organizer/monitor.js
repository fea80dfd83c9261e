// Shows the progress of a study, refreshed every five seconds by one request.

import { coverage } from './coverage.js';
import { h, name, notice, number, table } from './dom.js';

const EVERY = 5000; // milliseconds
const PEOPLE = [
  ['complete', 'Completed'],
  ['active', 'Taking part now'],
  ['away', 'Away for half an hour or more'],
  ['expired', 'Stopped'],
  ['withdrawn', 'Withdrew'],
  ['rejected', 'Rejected'],
  ['screened', 'Screened out'],
  ['declined', 'Did not consent'],
];

const tile = (label, value) => h('div', {}, h('dt', {}, label), h('dd', {}, value));

const tiles = (seen) => {
  const done = number(seen.people.complete ?? 0);
  return h(
    'dl',
    { class: 'org-tiles' },
    tile('Completed', seen.target ? `${done} of ${number(seen.target)}` : done),
    tile('Taking part now', number(seen.people.active ?? 0)),
    tile('Free places', seen.free === null ? 'no limit' : number(seen.free)),
    tile('Votes', number(seen.votes)),
    tile('Votes on a pair', `${number(seen.fewest)} to ${number(seen.most)}`),
  );
};

const people = (seen) => {
  const found = PEOPLE.filter(([key]) => seen.people[key]);
  if (!found.length) return h('p', {}, 'Nobody has taken part yet.');
  return h(
    'dl',
    { class: 'org-facts' },
    ...found.flatMap(([key, label]) => [h('dt', {}, label), h('dd', {}, number(seen.people[key]))]),
  );
};

// Bars of one height each; the sentence in `label` is what a screen reader reads.
const bars = (values, label) => {
  const highest = Math.max(1, ...values);
  const svg = document.createElementNS('http://www.w3.org/2000/svg', 'svg');
  svg.setAttribute('viewBox', `0 0 ${values.length} 20`);
  svg.setAttribute('preserveAspectRatio', 'none');
  svg.setAttribute('role', 'img');
  svg.setAttribute('aria-label', label);
  svg.classList.add('org-bars');
  values.forEach((value, index) => {
    const bar = document.createElementNS('http://www.w3.org/2000/svg', 'rect');
    const height = value ? Math.max(0.6, (20 * value) / highest) : 0;
    for (const [key, size] of Object.entries({ x: index + 0.1, y: 20 - height, width: 0.8, height }))
      bar.setAttribute(key, size);
    svg.append(bar);
  });
  return svg;
};

const seconds = (milliseconds) => `${(milliseconds / 1000).toFixed(1)} s`;

const times = (found) =>
  found
    ? h(
        'p',
        {},
        `Half of the latest answers took less than ${seconds(found.median)}, one in ten less than ` +
          `${seconds(found.tenth)}, nine in ten less than ${seconds(found.ninetieth)}.`,
      )
    : h('p', {}, 'There are no answers yet.');

const share = (wrong, all) => (all ? `${number(wrong)} of ${number(all)}` : 'none asked');

const checks = ({ gold, gold_wrong: wrong, repeats, repeats_different: different }) =>
  h(
    'dl',
    { class: 'org-facts' },
    h('dt', {}, 'Wrong answers to gold pairs'),
    h('dd', {}, share(wrong, gold)),
    h('dt', {}, 'Repeated pairs answered differently'),
    h('dd', {}, share(different, repeats)),
  );

const dropouts = (seen) => {
  const stopped = seen.dropouts.reduce((sum, count) => sum + count, 0);
  if (!stopped) return h('p', {}, 'Nobody stopped before the end.');
  const values = Array.from({ length: seen.trials + 1 }, (_, index) => seen.dropouts[index] ?? 0);
  return h(
    'div',
    {},
    bars(values, `${number(stopped)} people stopped before the end`),
    h('p', { class: 'org-axis' }, h('span', {}, 'first pair'), h('span', {}, 'last pair')),
    h('p', {}, `${number(stopped)} people stopped before the end.`),
  );
};

// The server decides when scores may be read: of a registered study at the planned analyses only.
const scores = (study, seen) => {
  const results = `/results?study=${encodeURIComponent(study.slug)}&version=${study.version}`;
  const link = h('a', { href: results }, 'To the scores');
  const { reason, planned, reached } = seen.scores;
  if (reason === 'closed') return h('p', {}, 'The study is closed. ', link);
  if (reason === 'shared') return h('p', {}, 'Others may read the results of this study, too. ', link);
  if (reason === 'unregistered')
    return h('p', {}, 'This study has no registration, so nothing fixes when scores may be read. ', link);
  if (reason === 'planned')
    return h('p', {}, `${reached} of ${planned} planned analyses can be made with the people so far. `, link);
  return h(
    'p',
    {},
    'No scores yet: the registration plans no analysis at this number of people, and deciding by scores in ' +
      'between makes chance results likely.',
  );
};

const signed = (value) => (value < 0 ? '−' : '+') + Math.abs(value).toFixed(2);

// Scores of all votes so far, without intervals: those are on the page of results.
const live = (found) => {
  if (!found) return null;
  if (found.explain) return h('p', {}, found.explain);
  return h(
    'div',
    {},
    table(
      'Scores now',
      ['Method', 'Log-worth', 'Comparisons'],
      found.methods.map((one) => [name(one.title), signed(one.log_worth), number(one.comparisons)]),
    ),
    found.everybody && h('p', {}, 'They include people whom the rules of the study leave out.'),
  );
};

const section = (title, ...content) => h('section', {}, h('h2', {}, title), ...content);

const draw = (study, seen) => {
  const hour = seen.per_minute.reduce((sum, count) => sum + count, 0);
  return [
    tiles(seen),
    section('People', people(seen)),
    section(
      'Votes per minute',
      bars(seen.per_minute, `${number(hour)} votes in the last hour`),
      h('p', { class: 'org-axis' }, h('span', {}, 'an hour ago'), h('span', {}, 'now')),
      h('p', {}, `${number(hour)} votes in the last hour.`),
    ),
    section('Votes on each pair of methods', coverage(seen.methods, seen.coverage)),
    section('Time for an answer', times(seen.times)),
    section('Where people stopped', dropouts(seen)),
    section('Checks', checks(seen.checks)),
    section('Scores', scores(study, seen), live(seen.live)),
  ];
};

export const start = (root, api, study) => {
  const body = h('div', {});
  const fault = notice('');
  fault.hidden = true;
  root.append(fault, body);
  let drawn = '';
  const refresh = async () => {
    try {
      const seen = await api.get(`${study.path}/monitor`);
      fault.hidden = true;
      const text = JSON.stringify(seen);
      if (text === drawn) return;
      drawn = text;
      body.replaceChildren(...draw(study, seen));
    } catch (error) {
      fault.textContent = error.message;
      fault.hidden = false;
    }
  };
  const timer = setInterval(() => document.hidden || refresh(), EVERY);
  refresh();
  return () => clearInterval(timer);
};
