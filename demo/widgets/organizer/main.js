// Starts the organizer's page: asks who is signed in, and shows the view that the address names after its #.

import { createApi } from './api.js';
import { start as startBuilder } from './builder/builder.js';
import { h } from './dom.js';
import { start as startList } from './list.js';
import { showSignIn } from './sign_in.js';
import { start as startStudy } from './study.js';

// A view is a function of the element to draw in, the api, and its place; it may return one that ends it.
const VIEWS = { studies: startList, study: startStudy, new: startBuilder };

const placeOf = (hash) => {
  const [view, slug, version, tab] = hash.slice(1).split('/').map(decodeURIComponent);
  return { view: Object.hasOwn(VIEWS, view) ? view : 'studies', slug, version, tab };
};

// An address of earlier releases, /organizer?study=SLUG, leads to the newest version of the study.
const fromQuery = async (api) => {
  const slug = new URLSearchParams(location.search).get('study');
  if (!slug || location.hash) return;
  const { studies } = await api.get('studies');
  const own = studies.filter((study) => study.slug === slug).sort((a, b) => b.version - a.version)[0];
  if (own) history.replaceState(null, '', `/organizer#study/${slug}/${own.version}/monitor`);
};

const signOut = (api, who) => {
  const click = async () => {
    const headers = { 'Content-Type': 'application/json' };
    await api.request('/organizer/sign-out', { method: 'POST', headers, body: '{}' });
    location.reload();
  };
  return h(
    'div',
    { class: 'org-foot' },
    h('span', {}, 'Signed in as ', h('b', { translate: 'no' }, who)),
    h('button', { type: 'button', click }, 'Sign out'),
    h('span', { class: 'org-kept' }),
  );
};

// In red: votes that a restart would lose, and copies of votes that do not work.
const warnings = async (api, alarm, state) => {
  const { safe, working, message, restored } = await api.get('durability').catch(() => ({ safe: true }));
  const bad = safe === false || working === false;
  alarm.hidden = !bad;
  alarm.textContent = bad ? message : '';
  state.textContent = bad ? '' : [message, restored].filter(Boolean).join(' ');
};

// The header of every page names the organizer's page where somebody is signed in; else it has a small sign.
const remember = (signedIn) => {
  document.querySelector('.nav-organizer')?.classList.toggle('nav-known', Boolean(signedIn));
  try {
    if (signedIn) localStorage.setItem('harmonylab-organizer', 'yes');
    else localStorage.removeItem('harmonylab-organizer');
  } catch {
    /* storage is off */
  }
};

const labelOf = (one) => one.getAttribute('aria-label') ?? (one.value || one.textContent);

export const start = async (element) => {
  const root = element.querySelector('.org-view');
  let end = null;
  let turn = 0;
  const api = createApi(() => location.reload());
  const ways = await api.request('/organizer/signed-in').catch((error) => ({ off: error.message }));
  remember(ways.signed_in);
  if (!ways.signed_in) {
    showSignIn(root, api, ways);
    return;
  }
  const show = async (focus) => {
    turn += 1;
    const mine = turn;
    const ending = end?.();
    end = null;
    await ending; // what was typed is saved before the next view reads it
    if (mine !== turn) return;
    const place = placeOf(location.hash);
    const view = h('div', { class: `org-page org-${place.view}` });
    root.replaceChildren(view);
    const ended = await VIEWS[place.view](view, api, place);
    if (mine === turn) end = ended ?? null;
    else ended?.();
    if (focus && mine === turn) view.querySelector('h1')?.focus();
  };
  // After a change the page is drawn again: people keep their place, and the button that they pressed.
  api.reload = async () => {
    const pressed = labelOf(document.activeElement);
    const place = scrollY;
    await show(false);
    const same = [...root.querySelectorAll('button, input')].find((one) => labelOf(one) === pressed);
    (same ?? root.querySelector('h1'))?.focus({ preventScroll: true });
    scrollTo(0, place);
  };
  api.who = ways.name;
  api.canBuild = Object.hasOwn(VIEWS, 'new');
  await fromQuery(api).catch(() => {});
  addEventListener('hashchange', () => show(true));
  element.querySelector('.organizer').append(signOut(api, ways.name));
  warnings(api, element.querySelector('.org-alarm'), element.querySelector('.org-kept'));
  await show(false);
};
