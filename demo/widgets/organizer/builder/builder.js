// Makes a study in six steps. The address #new/BUILD/STEP names the step, so that a reload stays there.

import { ask, h, notice, time } from '../dom.js';
import { checkStep, makeStep } from './checking.js';
import { showProblems } from './fields.js';
import { choose, methodsStep } from './methods.js';
import { peopleStep } from './people.js';
import { picturesStep } from './pictures.js';
import { textsStep } from './texts.js';
import { createWork, isBusy } from './work.js';

// A step draws itself into an element, and returns a function that is called when the build has changed.
const STEPS = [
  ['pictures', 'Pictures', picturesStep],
  ['methods', 'Methods', methodsStep],
  ['texts', 'Texts', textsStep],
  ['people', 'People', peopleStep],
  ['check', 'Check', checkStep],
  ['make', 'Make', makeStep],
];
const USUAL = ['composite', 'reinhard', 'mkl', 'harmonylab'];

const defaults = (methods) => {
  const today = new Date().toISOString().slice(0, 10);
  const usual = methods.filter(({ name, reason }) => USUAL.includes(name) && !reason).map(({ name }) => name);
  return {
    study: { slug: `study-${today}`, title: `Study of ${today}` },
    stimuli: { methods: usual, kind: 'composites' },
    trials: { votes: 20 },
  };
};

const fact = (label, value) => [h('dt', {}, label), h('dd', {}, value)];

const sizeOf = ({ plan, files }) => {
  if (!plan.size) return fact('People needed', 'More than ten million');
  const { people, pictures } = plan.size;
  return [
    ...fact(files.items.length < 2 ? 'Pictures needed' : 'Pictures', String(pictures)),
    ...fact('People needed', people === null ? '–' : String(people)),
    ...(plan.graded ? fact('People needed for the scores by grades', String(plan.graded)) : []),
  ];
};

const limitOf = ({ people, least, limit }) => {
  if (people === null)
    return `Please use at least ${least} pictures: with fewer, no number of people can show this difference.`;
  const percent = Math.round(100 * (limit ?? 0));
  return percent > 50 && `With these pictures, more people cannot show a preference below ${percent} %.`;
};

const combinationsOf = ({ combinations }) =>
  h(
    'details',
    {},
    h('summary', {}, 'Other numbers of pictures'),
    h(
      'table',
      { class: 'bld-combinations' },
      h('thead', {}, h('tr', {}, h('th', { scope: 'col' }, 'Pictures'), h('th', { scope: 'col' }, 'People'))),
      h(
        'tbody',
        {},
        ...combinations.map(({ pictures, participants }) =>
          h('tr', {}, h('td', {}, String(pictures)), h('td', {}, String(participants ?? '–'))),
        ),
      ),
    ),
  );

const planOf = (build) => {
  const { plan } = build;
  if (!plan) return [h('p', { class: 'org-small' }, 'Choose at least two methods.')];
  const limit = plan.size && limitOf(plan.size);
  return [
    h(
      'dl',
      { class: 'bld-plan' },
      ...fact('Different pairs', String(plan.pairs)),
      ...fact('Pairs for each person', String(plan.trials)),
      ...fact('Minutes for each person', String(plan.minutes)),
      ...sizeOf(build),
    ),
    limit && h('p', { class: 'org-small' }, limit),
    plan.size && combinationsOf(plan.size),
  ].filter(Boolean);
};

const stepBar = (id, current) =>
  h(
    'nav',
    { class: 'org-tabs', 'aria-label': 'Steps' },
    ...STEPS.map(([step, label], index) =>
      h(
        'a',
        { href: `/organizer#new/${id}/${step}`, 'aria-current': step === current ? 'step' : null },
        h('span', { class: 'bld-number', translate: 'no' }, `${index + 1}.`),
        label,
      ),
    ),
  );

const arrows = (id, index) => {
  const link = (step, text, main) =>
    h(
      'a',
      { class: main ? 'org-button main' : 'org-button', href: `/organizer#new/${id}/${STEPS[step][0]}` },
      text,
    );
  return h(
    'div',
    { class: 'org-buttons' },
    index > 0 && link(index - 1, 'Back', false),
    index < STEPS.length - 1 && link(index + 1, 'Next', true),
  );
};

const stateOf = (build) => {
  if (build.state === 'finished') return 'Finished';
  return isBusy(build) ? 'At work' : 'In preparation';
};

const line = (build, api) => {
  const click = async () => {
    const question = 'Delete these settings and files? A study that was made of them stays.';
    if ((await ask(question, { yes: 'Delete' })) === null) return;
    await api.remove(`builds/${build.id}`).catch(() => {});
    api.reload();
  };
  return h(
    'li',
    {},
    h(
      'a',
      {
        href: `/organizer#new/${build.id}/${build.state === 'editing' ? 'pictures' : 'make'}`,
        translate: 'no',
      },
      build.title || build.id,
    ),
    h('span', { class: 'org-badge' }, stateOf(build)),
    time(build.created),
    h('button', { type: 'button', class: 'org-button', 'aria-label': 'Delete', click }, 'Delete'),
  );
};

const startList = async (root, api) => {
  const catalog = await api.get('builds');
  const click = async () => {
    const build = await api.post('builds', defaults(catalog.methods));
    location.hash = `#new/${build.id}/pictures`;
  };
  root.replaceChildren(
    h('h1', { tabIndex: -1 }, 'New study'),
    h(
      'p',
      {},
      'Upload pictures, choose methods, and press through six steps. Everything is saved as you type.',
    ),
    h('button', { type: 'button', class: 'org-button main', click }, 'Start'),
    catalog.builds.length ? h('h2', {}, 'Begun before') : '',
    h('ul', { class: 'bld-list' }, ...catalog.builds.map((build) => line(build, api))),
  );
};

const startSteps = async (root, api, place) => {
  const [catalog, first] = await Promise.all([api.get('builds'), api.get(`builds/${place.slug}`)]);
  const found = STEPS.findIndex(([step]) => step === place.version);
  const index = Math.max(0, found);
  const [step, label, draw] = STEPS[index];
  const work = createWork(api, catalog, first);
  const body = h('div', { class: 'bld-step' });
  const plan = h('aside', { class: 'bld-side', 'aria-label': 'Size of the study' });
  const fault = h('div', {});
  root.replaceChildren(
    h('h1', { tabIndex: -1 }, 'New study'),
    stepBar(first.id, step),
    h('h2', {}, label),
    h('div', { class: 'bld-frame' }, h('div', {}, body, fault, arrows(first.id, index)), plan),
  );
  let update = draw(body, work);
  work.redraw = () => {
    update = draw(body, work);
  };
  let known = new Set(Object.keys(first.files.results));
  work.on((build, message = '') => {
    const results = Object.keys(build.files.results);
    // A folder of results that was just added takes part.
    for (const method of results) if (!known.has(method)) choose(work, method, true);
    known = new Set(results);
    fault.replaceChildren(message ? notice(message) : '');
    plan.replaceChildren(...planOf(build));
    update();
    showProblems(body, build.problems);
  });
  work.start();
  return () => work.end();
};

// place: {slug: id of the build, version: step}; without an id, all builds are listed.
export const start = async (root, api, place) => {
  try {
    return await (place.slug ? startSteps(root, api, place) : startList(root, api));
  } catch (error) {
    root.replaceChildren(
      h('h1', { tabIndex: -1 }, 'New study'), notice(error.message),
      h('a', { class: 'org-button', href: '/organizer#new' }, 'All studies in preparation'),
    ); // biome-ignore format: short
    return null;
  }
};
