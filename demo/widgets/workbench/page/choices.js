// Asks a question in a dialog: a few answers, each with a line that explains it.
export const createChoices = (root) => {
  const dialog = document.createElement('dialog');
  dialog.className = 'wb-dialog wb-choices';
  dialog.setAttribute('aria-labelledby', 'wb-choices-title');
  dialog.innerHTML =
    '<h2 id="wb-choices-title"></h2><div class="wb-choices-list"></div><button type="button" class="wb-button" value="">Cancel</button>';
  root.querySelector('[data-slot=dialogs]').append(dialog);
  let answer = null;
  const close = (value) => {
    const resolve = answer;
    answer = null;
    dialog.close();
    resolve?.(value);
  };
  dialog.addEventListener('close', () => close(null));
  dialog.addEventListener('click', (event) => {
    const button = event.target.closest('button');
    if (button) close(button.value || null);
    else if (event.target === dialog) close(null);
  });
  // Returns the value of the chosen answer, or null. answers: [{value, title, hint, url?}].
  return (question, answers) => {
    close(null);
    dialog.querySelector('h2').textContent = question;
    dialog.querySelector('.wb-choices-list').replaceChildren(
      ...answers.map(({ value, title, hint, url }) => {
        const button = Object.assign(document.createElement('button'), { type: 'button', value });
        button.innerHTML = '<span><b></b><small></small></span>';
        button.querySelector('b').textContent = title;
        button.querySelector('small').textContent = hint ?? '';
        if (url) button.prepend(Object.assign(new Image(), { src: url, alt: '' }));
        return button;
      }),
    );
    dialog.showModal();
    return new Promise((resolve) => {
      answer = resolve;
    });
  };
};
