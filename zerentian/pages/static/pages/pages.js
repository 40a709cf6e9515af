// Small habits of every page; no room's business.
document.addEventListener("click", (event) => {
  const target = event.target.closest("[data-go-back], [data-print], [data-confirm]");
  if (!target) return;
  if (target.matches("[data-go-back]")) history.back();
  if (target.matches("[data-print]")) window.print();
  if (target.dataset.confirm && !window.confirm(target.dataset.confirm)) event.preventDefault();
});

// A form is sent once: a second tap on a slow line does nothing.
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.method !== "post" || form.dataset.sent) {
    if (form.dataset.sent) event.preventDefault();
    return;
  }
  form.dataset.sent = "1";
  setTimeout(() => delete form.dataset.sent, 8000);
});
