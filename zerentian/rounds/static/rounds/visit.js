// Where a phone says it is when a visit begins.
const askPosition = () => new Promise((tell) => {
  if (!navigator.geolocation) return tell(null);
  navigator.geolocation.getCurrentPosition(tell, () => tell(null), { enableHighAccuracy: true, timeout: 8000, maximumAge: 0 });
});

// The position goes along when the phone gives it; without it the visit begins all the same.
document.addEventListener("submit", async (event) => {
  const form = event.target;
  if (!form.matches("[data-position]") || form.dataset.located) return;
  event.preventDefault();
  form.dataset.located = "1";
  const found = await askPosition();
  if (found) for (const name of ["latitude", "longitude", "accuracy"]) form.elements[name].value = found.coords[name];
  delete form.dataset.sent;
  form.requestSubmit();
}, true);
