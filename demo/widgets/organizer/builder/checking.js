// The last two steps: check every file, then make the study and go on to look at it.

import { h, name, notice } from '../dom.js';
import { isBusy } from './work.js';

const LEVELS = { error: 'To be mended', warning: 'To know' };

const left = (seconds) => {
  if (seconds === null || seconds === undefined) return '';
  if (seconds < 90) return `About ${Math.max(1, Math.round(seconds))} seconds left`;
  return `About ${Math.round(seconds / 60)} minutes left`;
};

const progressOf = (build) => {
  if (build.state === 'waiting') return h('p', { role: 'status' }, 'Waits for another study that is made.');
  const { progress } = build;
  if (!progress) return h('p', { role: 'status' }, 'Starting …');
  const label = build.task === 'check' ? 'Checking' : 'Making pictures';
  return h(
    'div',
    { class: 'bld-progress' },
    h('progress', { max: progress.total, value: progress.done, 'aria-label': label }),
    h('p', {}, `${progress.done} of ${progress.total} pictures`),
    h('p', { class: 'org-small' }, left(progress.seconds_left)),
  );
};

const findingsOf = (findings) => {
  if (!findings) return [];
  const groups = ['error', 'warning'].map((level) => findings.filter((one) => one.level === level));
  if (!findings.length) return [h('p', { class: 'bld-good', role: 'status' }, 'Every file can be used.')];
  return groups.flatMap((group, index) =>
    group.length
      ? [
          h('h3', {}, LEVELS[index ? 'warning' : 'error']),
          h(
            'ul',
            { class: 'bld-findings' },
            ...group.map((one) => h('li', {}, name(one.file), ': ', h('span', {}, one.message))),
          ),
        ]
      : [],
  );
};

const problemsOf = (work) => {
  const { problems } = work.build;
  if (!problems.length) return [];
  return [
    h('h3', {}, 'Settings to complete'),
    h(
      'ul',
      { class: 'bld-findings' },
      ...problems.map(({ place, message }) => h('li', {}, name(place), ': ', h('span', {}, message))),
    ),
  ];
};

const stopButton = (work) =>
  h('button', { type: 'button', class: 'org-button', click: () => work.act('cancel') }, 'Stop');

export const checkStep = (root, work) => {
  const draw = () => {
    const { build } = work;
    const busy = isBusy(build);
    root.replaceChildren(
      h('p', {}, 'Reads every picture, and names what is missing or does not fit.'),
      ...problemsOf(work),
      busy
        ? h('div', {}, progressOf(build), stopButton(work))
        : h(
            'button',
            {
              type: 'button',
              class: 'org-button',
              disabled: build.problems.length > 0,
              click: () => work.act('check'),
            },
            'Check all files',
          ),
      ...(busy ? [] : findingsOf(build.findings)),
      build.error ? notice(build.error) : '',
    );
  };
  draw();
  return draw;
};

const finished = (build) => {
  const { slug, version } = build.study;
  return [
    h('p', { class: 'bld-good', role: 'status' }, 'The study is ready as a draft. Nobody can take part yet.'),
    h(
      'div',
      { class: 'org-buttons' },
      h(
        'a',
        { class: 'org-button main', href: `/organizer#study/${slug}/${version}/pairs` },
        'Look at every pair, rehearse and activate',
      ),
    ),
  ];
};

export const makeStep = (root, work) => {
  const draw = () => {
    const { build } = work;
    if (build.state === 'finished') {
      root.replaceChildren(...finished(build));
      return;
    }
    const busy = isBusy(build);
    const start = h(
      'button',
      {
        type: 'button',
        class: 'org-button main',
        disabled: build.problems.length > 0,
        click: () => work.act('start'),
      },
      'Make the study',
    );
    root.replaceChildren(
      h('p', {}, 'Runs the methods and stores the pictures. You can close this page, it goes on by itself.'),
      ...problemsOf(work),
      busy ? h('div', {}, progressOf(build), stopButton(work)) : start,
      ...(busy ? [] : findingsOf(build.findings)),
      build.error ? notice(build.error) : '',
    );
  };
  draw();
  return draw;
};
