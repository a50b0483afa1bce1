import Charts
import Mustache

/// The page's form: HTML, style and script.
enum ReportTemplate {
  /// What a page says, see ``Report/html(title:)``.
  ///
  /// Values in two braces are escaped; those in three are pictures and numbers made here.
  static let page: MustacheTemplate = {
    do {
      return try MustacheTemplate(string: text)
    } catch {
      // The text is a constant below; a mistake in it shows in every test.
      preconditionFailure("the page's template can't be read: \(error)")
    }
  }()

  private static let figure = """
    <figure><div class="wide">{{{wide}}}</div><div class="narrow">{{{narrow}}}</div></figure>
    """

  private static let table = """
    <div class="table" data-name="{{name}}" tabindex="0" role="region" aria-label="{{name}}"><table>
    <thead><tr>{{#columns}}<th scope="col" class="{{style}}">{{title}}</th>{{/columns}}</tr></thead>
    <tbody>
    {{#rows}}
    <tr>{{#cells}}<td{{{attributes}}}>{{text}}</td>{{/cells}}</tr>
    {{/rows}}
    </tbody></table></div>
    """

  private static let text = """
    <!DOCTYPE html>
    <html lang="en">
    <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <meta name="color-scheme" content="light dark">
    <title>{{title}}</title>
    <style>{{{style}}}</style>
    </head>
    <body>
    <header><h1>{{title}}</h1><p>{{subtitle}}</p></header>
    <main>
    {{#isEmpty}}<p>There are no records to show.</p>{{/isEmpty}}
    {{#comparison}}\(figure){{/comparison}}
    {{#machines}}
    <section>
    <h2>{{name}}</h2>
    <p class="quiet">{{details}}</p>
    {{#hasWarnings}}
    <div class="warnings"><strong>Read the times with caution.</strong>
    <ul>{{#warnings}}<li>{{.}}</li>{{/warnings}}</ul></div>
    {{/hasWarnings}}
    {{#hasPeers}}
    <h3>Beside other libraries</h3>
    <p class="quiet">Geometric means of a library's time by that of our fastest kernel over the layers of a network, each as
    often as the network runs it: above 1 ours is faster.</p>
    {{#peers}}\(table){{/peers}}
    {{/hasPeers}}
    {{#hasLayers}}
    <h3>The fastest kernel of each layer</h3>
    <p class="quiet">Ratio: the time of the fastest kernel that runs somebody else's code (a peer, or im2col over a BLAS
    library) by that of our fastest; above 1 ours is faster. A tie: the ratio's interval holds 1, or its distance from 1 is
    within the noise.</p>
    {{#summary}}\(table){{/summary}}
    {{/hasLayers}}
    {{#figures}}\(figure){{/figures}}
    {{#hasLayers}}
    <h3>Layer by layer</h3>
    <p class="quiet">Every kernel with its interval, speed against accuracy, every sample: unfold a layer.</p>
    <div class="layers">
    {{#layers}}
    <details class="layer"><summary>{{title}} <span class="quiet">{{fastest}}</span></summary>
    <div class="figures">{{#figures}}<figure>{{{.}}}</figure>{{/figures}}</div>
    </details>
    {{/layers}}
    </div>
    {{/hasLayers}}
    </section>
    {{/machines}}
    {{#hasRecords}}
    <section>
    <h2>Every record</h2>
    {{#records}}\(table){{/records}}
    </section>
    {{/hasRecords}}
    <section>
    <h2>How to read this</h2>
    <p>GFLOP/s are effective: two operations for each multiply-add of the direct convolution, by the median time. So a
    kernel that multiplies less, Winograd's, may exceed the peak. The peak is that of a loop of nothing but multiply-adds,
    probed beside each sample, since a processor's speed changes from one moment to the next. Intervals are those in which
    the true median lies in 95 % of cases (bootstrap). Times are shown only of kernels whose results were verified.</p>
    </section>
    </main>
    <script>{{{script}}}</script>
    </body>
    </html>

    """

  /// The page's style and that of the pictures.
  static let style = """
    :root{color-scheme:light dark;--text:#1a1f26;--quiet:#5a6470;--back:#fff;--line:#dfe4e9;--head:#f4f6f8;\
    --good:#00664b;--bad:#a33c00;--warn:#fff6e5;--edge:#e69f00;--link:#0060a0}
    @media (prefers-color-scheme:dark){:root{--text:#e6eaee;--quiet:#a3adb8;--back:#14181d;--line:#2f3740;--head:#1c2228;\
    --good:#43d3a6;--bad:#ff9a57;--warn:#2b2415;--edge:#a8780f;--link:#6cb6ff}}
    *{box-sizing:border-box}
    body{margin:0;background:var(--back);color:var(--text);font:16px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,\
    "Liberation Sans",Arial,sans-serif}
    header,main{max-width:1240px;margin:0 auto;padding:0 20px}
    header{padding-top:24px}
    h1{font-size:26px;line-height:1.2;margin:0 0 4px}
    h2{font-size:20px;line-height:1.3;margin:36px 0 4px}
    h3{font-size:17px;margin:28px 0 4px}
    p{margin:4px 0 12px;max-width:75ch}
    .quiet{color:var(--quiet)}.good{color:var(--good)}.bad{color:var(--bad);font-weight:600}
    .warnings{border-left:4px solid var(--edge);background:var(--warn);padding:8px 14px;margin:12px 0;max-width:80ch}
    .warnings ul{margin:4px 0;padding-left:20px}
    figure{margin:20px 0 0;overflow-x:auto}
    figure svg{display:block;height:auto;max-width:100%}
    .narrow{display:none}
    .layer{border-bottom:1px solid var(--line)}
    .layer[open]{padding-bottom:16px}
    .figures{display:flex;flex-wrap:wrap;gap:0 24px;align-items:flex-start}
    .figures figure{min-width:0}
    summary{cursor:pointer;color:var(--link);padding:8px 0}
    summary .quiet{margin-left:8px}
    .table{overflow:auto;max-height:75vh;border:1px solid var(--line);border-radius:6px;margin:8px 0}
    table{border-collapse:collapse;font-size:14px;line-height:1.35;width:100%}
    th,td{padding:6px 10px;text-align:left;white-space:nowrap;border-bottom:1px solid var(--line)}
    td.note{white-space:normal;min-width:16em}
    tbody tr:last-child td{border-bottom:0}
    th{position:sticky;top:0;background:var(--head);font-weight:600}
    .number{text-align:right;font-variant-numeric:tabular-nums}
    .code{font-family:ui-monospace,"Liberation Mono",Menlo,monospace;font-size:13px}
    th button{all:unset;cursor:pointer;display:inline-block}
    th button:focus-visible{outline:2px solid var(--link);outline-offset:3px}
    th[aria-sort=ascending] button::after{content:" ▲"}th[aria-sort=descending] button::after{content:" ▼"}
    .filter{display:flex;flex-wrap:wrap;gap:8px 12px;align-items:center;margin:8px 0}
    .filter input{font:inherit;font-size:16px;padding:6px 10px;border:1px solid var(--quiet);border-radius:6px;\
    background:var(--back);color:var(--text);width:min(100%,26em)}
    footer,section:last-child{padding-bottom:40px}
    @media (max-width:640px){header,main{padding-left:16px;padding-right:16px}.wide{display:none}.narrow{display:block}.narrow svg{max-width:none}\
    h1{font-size:22px}}
    @media print{.table{max-height:none;overflow:visible}}
    """ + ChartStyle.css

  /// Sorting and filtering. Without it the tables are all there, in the records' order.
  static let script = """
    for (const box of document.querySelectorAll('.table')) {
      const body = box.querySelector('tbody'), heads = [...box.querySelectorAll('th')];
      const rows = [...body.rows];
      if (rows.length < 2) continue;
      const bar = document.createElement('label'), input = document.createElement('input');
      const count = document.createElement('span');
      bar.className = 'filter';
      count.className = 'quiet';
      count.setAttribute('aria-live', 'polite');
      input.type = 'search';
      input.placeholder = 'filter: winograd resnet50';
      input.setAttribute('aria-label', 'Filter ' + box.dataset.name);
      bar.append(input, count);
      if (rows.length > 15) box.before(bar);
      const texts = new Map(rows.map(row => [row, row.textContent.toLowerCase()]));
      const filter = () => {
        const words = input.value.toLowerCase().split(/\\s+/).filter(word => word);
        let shown = 0;
        for (const row of rows) {
          row.hidden = !words.every(word => texts.get(row).includes(word));
          if (!row.hidden) shown += 1;
        }
        count.textContent = shown + ' of ' + rows.length + ' rows';
      };
      input.addEventListener('input', filter);
      filter();
      const key = (row, column, number) => {
        const cell = row.cells[column];
        if (!number) return cell.textContent;
        return cell.dataset.sort === undefined ? null : Number(cell.dataset.sort);
      };
      heads.forEach((head, column) => {
        const button = document.createElement('button'), number = head.classList.contains('number');
        button.type = 'button';
        button.textContent = head.textContent;
        head.replaceChildren(button);
        button.addEventListener('click', () => {
          const down = head.getAttribute('aria-sort') === 'ascending';
          heads.forEach(other => other.removeAttribute('aria-sort'));
          head.setAttribute('aria-sort', down ? 'descending' : 'ascending');
          const sign = down ? -1 : 1;
          const sorted = rows.map(row => ({ row, key: key(row, column, number) }));
          sorted.sort((a, b) => {
            // What has no number stands last either way.
            if (a.key === null || b.key === null) return (a.key === null) - (b.key === null);
            return sign * (number ? a.key - b.key : a.key.localeCompare(b.key, 'en', { numeric: true }));
          });
          body.append(...sorted.map(one => one.row));
        });
      });
    }
    """
}
