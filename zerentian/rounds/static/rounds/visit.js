// An inspection on a phone: steppers, exclusive choices, and where the phone says it is.
document.addEventListener("click", (event) => {
  const step = event.target.closest("[data-step]");
  if (!step) return;
  const input = step.parentElement.querySelector("input");
  input.value = Math.max(0, (Number.parseInt(input.value, 10) || 0) + Number(step.dataset.step));
  input.dispatchEvent(new Event("change", { bubbles: true }));
});

// 不适用 and 不缺 stand alone: choosing one clears the rest, choosing another clears it.
document.addEventListener("change", (event) => {
  const changed = event.target;
  const answer = changed.closest?.(".answer");
  if (!answer) return;
  const alone = [...answer.querySelectorAll("[data-na], [data-none]")];
  const others = [...answer.querySelectorAll("input")].filter((input) => input !== changed);
  const clear = (input) => {
    if (input.type === "checkbox" || input.type === "radio") input.checked = false;
    else input.value = "";
  };
  if (alone.includes(changed) && changed.checked) others.forEach(clear);
  else others.filter((input) => alone.includes(input)).forEach(clear);
});

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
