// Shows how to sign in: with a key, with a Hugging Face account, or why nobody can.

import { h, notice } from './dom.js';

const HEADERS = { 'Content-Type': 'application/json' };

const keyForm = (api) => {
  const fault = notice('');
  fault.hidden = true;
  const input = h('input', {
    type: 'password',
    name: 'key',
    autocomplete: 'current-password',
    required: true,
  });
  const submit = async (event) => {
    event.preventDefault();
    try {
      const body = JSON.stringify({ key: input.value });
      await api.request('/organizer/sign-in', { method: 'POST', headers: HEADERS, body });
      location.reload();
    } catch (error) {
      fault.textContent = error.message;
      fault.hidden = false;
    }
  };
  return h(
    'form',
    { method: 'post', action: '/organizer', submit },
    h('label', {}, 'Organizer’s key', input),
    h('button', { class: 'org-button main' }, 'Sign in'),
    fault,
  );
};

// Hugging Face does not let itself be shown in a frame, where a Space shows this page.
const accountLink = () =>
  h(
    'a',
    { class: 'org-button', href: '/login/huggingface', target: window.top === window ? '_self' : '_blank' },
    'Sign in with Hugging Face',
  );

export const showSignIn = (root, api, ways) => {
  root.replaceChildren(
    h(
      'section',
      { class: 'org-sign-in' },
      h('h1', { tabIndex: -1 }, 'Organizer'),
      h('p', {}, 'Organizers make studies, watch them, and download the answers. Please sign in.'),
      ways.off && notice(ways.off),
      ways.account && accountLink(),
      ways.key && keyForm(api),
      ways.where && h('p', { class: 'org-small' }, ways.where),
    ),
  );
};
