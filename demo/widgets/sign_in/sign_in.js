// Signs an organizer in and out. The key is sent to a route of its own: Gradio lists and queues its handlers.
const signIn = element.querySelector('.sign-in');
const signOut = element.querySelector('.sign-out');
const notice = signIn.querySelector('.notice');

const post = async (action, body) => {
  const answer = await fetch(`/organizer/${action}`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify(body),
  });
  if (answer.ok) location.reload();
  else say((await answer.json()).error.message);
};
const say = (text) => {
  notice.textContent = text;
  notice.hidden = false;
};
const onSubmit = (form, send) =>
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    send().catch(() => say('The server did not answer. Please try again.'));
  });

onSubmit(signIn, () => post('sign-in', { key: signIn.elements.key.value }));
onSubmit(signOut, () => post('sign-out', {}));

const draw = () => {
  const { signed_in: signedIn } = props.value || {};
  signIn.hidden = signedIn !== false;
  signOut.hidden = signedIn !== true;
};
watch('value', draw);
draw();
