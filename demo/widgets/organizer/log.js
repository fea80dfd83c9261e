// Shows who did what to a study, and when.

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
};

const details = (entry) =>
  Object.entries(entry.details)
    .filter(([key]) => key !== 'slug' && key !== 'version')
    .map(([key, value]) => `${key}: ${typeof value === 'object' ? JSON.stringify(value) : value}`)
    .join(', ');

export const start = async (root, api, study) => {
  try {
    const { entries } = await api.get(`${study.path}/log`);
    const rows = entries.map((entry) => [
      time(entry.at),
      h('span', { translate: 'no' }, entry.who),
      h('span', {}, ACTIONS[entry.action] ?? entry.action),
      h('span', { translate: 'no' }, details(entry)),
    ]);
    root.append(
      h('h2', {}, 'Log'),
      rows.length
        ? table('Log', ['Time', 'Who', 'What', 'Details'], rows)
        : h('p', { class: 'org-empty' }, 'Nothing was changed yet.'),
    );
  } catch (error) {
    root.append(notice(error.message));
  }
};
