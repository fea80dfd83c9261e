// The key follows the #, so browsers do not send it to the server. It is removed from the address first.
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
  message.textContent = 'The server did not respond. Please try again.';
});
