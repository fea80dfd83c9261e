// Shows who did what, and when: to a study, or on the whole server.

import { h, notice, table, time } from './dom.js';

const ACTIONS = {
  active: 'Activated',
  paused: 'Paused',
  closed: 'Closed',
  default: 'Put at /study',
  delete: 'Deleted the draft',
  change: 'Changed settings',
  results: 'Changed who may read the results',
  reject: 'Rejected a participant',
  restore: 'Restored a participant',
  restored: 'Restored from a copy',
  note: 'Wrote a note',
  'delete pilot': 'Deleted the pilot',
  make: 'Made the study',
  pilot: 'Set answers aside as pilot',
  'ids downloaded': 'Downloaded ids of people',
  'ids erased': 'Erased ids of people',
  'sign in': 'Signed in',
  'sign out': 'Signed out',
};

const details = (entry) =>
  Object.entries(entry.details)
    .filter(([key]) => key !== 'slug' && key !== 'version')
    .map(([key, value]) => `${key}: ${typeof value === 'object' ? JSON.stringify(value) : value}`)
    .join(', ');

const cells = (entry) => [
  time(entry.at),
  h('span', { translate: 'no' }, entry.who),
  h('span', {}, ACTIONS[entry.action] ?? entry.action),
  h('span', { translate: 'no' }, details(entry)),
];

export const start = async (root, api, study) => {
  try {
    const { entries } = await api.get(`${study.path}/log`);
    root.append(
      h('h2', {}, 'Log'),
      entries.length
        ? table('Log', ['Time', 'Who', 'What', 'Details'], entries.map(cells))
        : h('p', { class: 'org-empty' }, 'Nothing was changed yet.'),
    );
  } catch (error) {
    root.append(notice(error.message));
  }
};

const studyOf = ({ details: { slug, version } }) =>
  h('span', { translate: 'no' }, slug ? `${slug}, ${version}` : '');

const cellsWithStudy = (entry) => {
  const [at, who, ...what] = cells(entry);
  return [at, who, studyOf(entry), ...what];
};

// Everything on the server, with who signed in and out; read each time that it is opened.
export const serverLog = (api) => {
  const body = h('div', {});
  const open = async () => {
    if (!found.open) return;
    try {
      const { entries } = await api.get('log');
      const heads = ['Time', 'Who', 'Study', 'What', 'Details'];
      body.replaceChildren(table('Log of this server', heads, entries.map(cellsWithStudy)));
    } catch (error) {
      body.replaceChildren(notice(error.message));
    }
  };
  const found = h(
    'details',
    { class: 'org-log', toggle: open },
    h('summary', {}, 'Log of this server'),
    body,
  );
  return found;
};
