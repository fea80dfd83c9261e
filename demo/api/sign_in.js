// The key stands behind the #, which browsers send to nobody. It leaves the address before anything else.
const key = new URLSearchParams(location.hash.slice(1)).get('key');
history.replaceState(null, '', location.pathname);
const message = document.querySelector('#message');

const signIn = async () => {
  if (!key) return location.replace('/organizer');
  const answer = await fetch('/organizer/sign-in', {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ key }),
  });
  if (answer.ok) return location.replace('/organizer');
  message.textContent = (await answer.json()).error.message;
};

signIn().catch(() => {
  message.textContent = 'The server did not answer. Please try again.';
});
