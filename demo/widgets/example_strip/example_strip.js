// Shows the examples as thumbnails; a click sends the index of one.
const row = element.querySelector('.strip-row');
const draw = () => {
  row.replaceChildren(
    ...(props.items || []).map((item, index) => {
      const button = document.createElement('button');
      button.type = 'button';
      button.title = item.title;
      button.dataset.index = index;
      button.setAttribute('aria-pressed', String(index === props.value.chosen));
      const image = new Image();
      image.src = item.thumb;
      image.alt = item.title;
      button.append(image);
      return button;
    }),
  );
};
row.addEventListener('click', (event) => {
  const button = event.target.closest('button');
  if (!button) return;
  for (const other of row.children) other.setAttribute('aria-pressed', String(other === button));
  document.dispatchEvent(new CustomEvent('example-chosen'));
  trigger('picked', { index: Number(button.dataset.index) });
});
watch('value', draw);
draw();
