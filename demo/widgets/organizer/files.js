// Links the files about a study.

import { h, notice } from './dom.js';

// Files with scores follow the page of results: in a registered study they wait for a planned analysis.
const WITH_SCORES = [
  'report.html',
  'report.md',
  'report.json',
  'table.tex',
  'figure.svg',
  'methods.txt',
  'bundle.zip',
];
const FILES = [
  ['report.html', 'Report', 'Scores with intervals, checks and every count, as one page.'],
  ['report.md', 'Report as text', 'The same as Markdown.'],
  ['report.json', 'Report as JSON', 'The same for programs.'],
  [
    'table.tex',
    'Table for a paper',
    'Scores with intervals as LaTeX. There is one as soon as the votes give scores.',
  ],
  ['figure.svg', 'Figure for a paper', 'The scores with their intervals as a vector picture (SVG).'],
  ['methods.txt', 'Paragraph for a paper', 'Sentences on design, analysis and result with their numbers.'],
  ['paper.bib', 'References for a paper', 'Sources of the methods of analysis, for BibTeX.'],
  ['votes.csv', 'Every answer as CSV', 'One line for each answer, with the methods on both sides.'],
  [
    'rankings.csv',
    'Every choice as CSV',
    'One line for each picture with its rank, where people chose the best of three or four.',
  ],
  [
    'bundle.zip',
    'Archive to publish',
    'Votes, counts, all pictures, registration and report with checksums; no codes and no ids.',
  ],
  [
    'participants.csv',
    'Codes to pay by, as CSV',
    'Codes with state, minutes, failed checks, and whether to pay; no ids of a recruitment service.',
  ],
  ['people.csv', 'Answers to forms as CSV', 'What people answered about themselves, by their codes.'],
];

// Saves a file, or shows why there is none: a link alone would only say that the download failed.
const download = async (event, fault) => {
  event.preventDefault();
  fault.hidden = true;
  const { href } = event.currentTarget;
  const answer = await fetch(href).catch(() => null);
  if (answer?.ok) {
    const [, file] = /filename="([^"]+)"/.exec(answer.headers.get('Content-Disposition'));
    const kept = URL.createObjectURL(await answer.blob());
    h('a', { href: kept, download: file }).click();
    setTimeout(() => URL.revokeObjectURL(kept), 60_000);
    return;
  }
  const content = await answer?.json().catch(() => null);
  fault.textContent = content?.error?.message ?? 'The server did not answer. Please try again.';
  fault.hidden = false;
};

const line = (study, [ending, label, meaning]) => {
  const fault = notice('');
  fault.hidden = true;
  const href = `/organizer/files/${encodeURIComponent(study.slug)}/${ending}?version=${study.version}`;
  // An archive can be larger than the memory of the browser.
  const click = ending === 'bundle.zip' ? null : (event) => download(event, fault);
  const { open, reason } = study.scores;
  const early = open ? ending === 'bundle.zip' && reason === 'planned' : WITH_SCORES.includes(ending);
  return h(
    'li',
    {},
    early ? h('b', {}, label) : h('a', { href, download: '', click }, label),
    h('p', { class: 'org-small' }, meaning),
    early && h('p', { class: 'org-small' }, 'Not yet: it has scores.'),
    fault,
  );
};

export const start = (root, _api, study) => {
  root.append(
    h('h2', {}, 'Files'),
    study.scores.open
      ? ''
      : h(
          'p',
          {},
          'Files with scores wait until the study is closed, or until as many people have completed it as the ' +
            'registration plans for an analysis: deciding by scores in between makes chance results likely.',
        ),
    h('ul', { class: 'org-files' }, ...FILES.map((file) => line(study, file))),
  );
};
