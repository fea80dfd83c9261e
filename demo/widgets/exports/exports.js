// Asks the server for a file and starts its download when the address arrives.
let lastTicket = '';
const root = () => element.querySelector('.exports');
const draw = () => {
  const value = props.value || {};
  for (const button of element.querySelectorAll('button')) button.disabled = !value.ready;
  root().classList.remove('busy');
  if (!value.url || value.ticket === lastTicket) return;
  lastTicket = value.ticket;
  const link = document.createElement('a');
  link.href = value.url;
  link.download = value.name;
  document.body.append(link);
  link.click();
  link.remove();
};
element.addEventListener('click', (event) => {
  const button = event.target.closest('button');
  if (!button || button.disabled || root().classList.contains('busy')) return;
  root().classList.add('busy');
  setTimeout(() => root().classList.remove('busy'), 60000);
  trigger('wanted', { kind: button.dataset.kind });
});
watch('value', draw);
draw();
