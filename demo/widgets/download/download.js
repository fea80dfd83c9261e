// Starts a download when the server sends a new address.
let lastTicket = '';
const draw = () => {
  const value = props.value || {};
  if (!value.url || value.ticket === lastTicket) return;
  lastTicket = value.ticket;
  const link = document.createElement('a');
  link.href = value.url;
  link.download = value.name;
  document.body.append(link);
  link.click();
  link.remove();
};
watch('value', draw);
draw();
