// Sites on a map. Without tiles the positions stand on a plain ground.
const COLOURS = { compound: "#206bc4", village: "#2fb344", unit: "#ae3ec9", shop: "#f76707", public_place: "#0ca678", station: "#d63939" };
const place = document.getElementById("map");
const map = L.map(place, { preferCanvas: true }).setView([31.1, 121.05], 12);
L.control.scale({ imperial: false }).addTo(map);
if (place.dataset.tiles) L.tileLayer(place.dataset.tiles, { maxZoom: 18 }).addTo(map);
const layers = Object.fromEntries(Object.keys(COLOURS).map((kind) => [kind, L.layerGroup().addTo(map)]));

// Names are text, never markup.
const popup = (url, name, region) => {
  const link = document.createElement("a");
  link.href = url;
  link.textContent = name;
  const note = document.createElement("div");
  note.textContent = region;
  const box = document.createElement("div");
  box.append(link, note);
  return box;
};

fetch(place.dataset.sites).then((answer) => answer.json()).then(({ sites }) => {
  for (const [url, name, kind, latitude, longitude, region] of sites) {
    L.circleMarker([Number(latitude), Number(longitude)], { radius: 6, color: COLOURS[kind], fillOpacity: 0.7, weight: 1 })
      .bindPopup(() => popup(url, name, region))
      .addTo(layers[kind]);
  }
  if (sites.length) map.fitBounds(sites.map((site) => [Number(site[3]), Number(site[4])]), { padding: [20, 20], maxZoom: 15 });
  place.dataset.shown = sites.length;
});

document.getElementById("kinds").addEventListener("change", (event) => {
  const layer = layers[event.target.value];
  if (event.target.checked) layer.addTo(map);
  else layer.remove();
});
