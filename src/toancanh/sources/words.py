"""The words of every problem a file, a mapping or a row can have: what is wrong and how to mend it."""

from django.utils.translation import gettext_lazy as _

from toancanh.base.problems import Words, register

register(
    {
        # Sources and loads
        "source.unknown": Words(
            _("Không có nguồn dữ liệu `{name}`."),
            _("Các nguồn đã khai báo: {known}. Chọn một nguồn trong số đó, hoặc khai báo nguồn mới trong lĩnh vực."),
            404,
        ),
        "source.record_type_unknown": Words(
            _("Nguồn `{source}` dùng loại bản ghi `{record_type}` chưa được khai báo."),
            _("Sửa `record_type` của nguồn hoặc của mapping. Các loại đã có: {known}."),
        ),
        "mend.many": Words(
            _("Chỉ sửa được {most} dòng một lần; đang chọn {rows}."), _("Lọc hẹp hơn rồi sửa từng phần.")
        ),
        "mend.none": Words(
            _("Chưa chọn dòng nào để sửa."), _("Chọn ít nhất một dòng, hoặc sửa hàng loạt theo bộ lọc.")
        ),
        "source.definition": Words(
            _("Khai báo nguồn: mục `{key}` {reason}."),
            _("Sửa mục đó rồi thêm lại; các mục được mô tả trong docs/how-to/connect-a-source.md."),
        ),
        "source.declared": Words(
            _("Nguồn `{name}` đã có và dùng loại bản ghi `{record_type}`."),
            _("Giữ nguyên loại bản ghi, hoặc đặt tên khác cho nguồn mới."),
            409,
        ),
        "source.taken": Words(
            _("Đã có nguồn mang mã `{name}`."), _("Mở trang của nguồn đó để sửa, hoặc đặt mã khác."), 409
        ),
        "source.not_connected": Words(
            _("Nguồn `{name}` chưa có đầu nối; tệp của nguồn được nạp bằng tay."),
            _("Khai báo đầu nối bằng `toancanh sources add`, hoặc trên trang của nguồn."),
            409,
        ),
        "source.not_pushed": Words(
            _("Nguồn `{name}` không phải nguồn tự gửi đến nên không có khoá ký."),
            _("Đổi bí mật của nguồn trên trang sửa nguồn."),
            409,
        ),
        "source.secret_renewed": Words(
            _("Khoá của nguồn `{name}` đã được đổi trước đó."),
            _("Khoá đã chép lần trước vẫn dùng được. Nếu chưa chép, mở lại trang của nguồn và tạo khoá khác."),
            409,
        ),
        "source.paused": Words(
            _("Nguồn `{name}` đang tạm dừng."), _("Cho chạy tiếp: `toancanh sources resume {name}`."), 409
        ),
        "source.secrets": Words(
            _("Không giải mã được bí mật của nguồn: khoá của bản cài đặt này khác với khoá lúc lưu."),
            _("Nhập lại bí mật của nguồn, hoặc khôi phục tệp secret.key của bản cài đặt cũ."),
            409,
        ),
        "source.columns_gone": Words(
            _("Dữ liệu của nguồn `{source}` không còn cột bắt buộc {missing}; đang có: {present}."),
            _("Hỏi đơn vị quản lý hệ thống xem cấu trúc đã đổi thế nào, rồi sửa mapping. Chưa dòng nào bị bỏ."),
        ),
        "source.columns_new": Words(
            _("Nguồn `{source}` gửi cột chưa thoả thuận: {columns}. Hợp đồng của nguồn là giữ nguyên cấu trúc."),
            _("Nếu cột này đúng, đổi hợp đồng của nguồn; nếu không, báo đơn vị quản lý hệ thống. Chưa dòng nào bị bỏ."),
        ),
        "source.unexpected": Words(
            _("Đầu nối của nguồn dừng vì một lỗi chưa lường trước: {error}."),
            _("Lỗi đã được ghi lại và nguồn được thử lại; nếu còn lặp lại, báo quản trị viên."),
            500,
        ),
        "row.column_new": Words(
            _("Cột “{column}” chưa được thoả thuận với nguồn này."),
            _("Bỏ giá trị của cột, hoặc đổi hợp đồng của nguồn."),
        ),
        "rows.columns_new": Words(
            _("Nguồn gửi thêm cột {columns}; mapping chưa dùng đến."), _("Thêm cột vào mapping nếu cần.")
        ),
        "rows.values_dropped": Words(
            _("Bỏ {rows} giá trị không đọc được của cột “{column}”, ví dụ “{value}”; các dòng vẫn được nhận."),
            _("Báo đơn vị quản lý hệ thống; hợp đồng của nguồn là bỏ giá trị, giữ dòng."),
        ),
        "connector.http": Words(
            _("{url} trả lời mã HTTP {status}."), _("Hệ thống nguồn đang lỗi; trung tâm tự thử lại.")
        ),
        "connector.http_ours": Words(
            _("{url} trả lời mã HTTP {status}."),
            _("Kiểm tra địa chỉ và các tham số trong cấu hình của nguồn; trung tâm tự thử lại."),
        ),
        "connector.denied": Words(
            _("{url} không cho vào: HTTP {status}."),
            _("Kiểm tra cách xác thực, khoá hoặc mật khẩu, và quyền của nó ở hệ thống nguồn."),
            502,
        ),
        "connector.no_trial": Words(
            _("Nguồn {name} tự gửi đến, không hỏi thử được."),
            _("Gửi một thông điệp thử theo hướng dẫn ở trang của nguồn, rồi xem nguồn nhận được gì."),
            409,
        ),
        "connector.answer": Words(
            _("Không hiểu câu trả lời của {url}: {reason}."),
            _("Kiểm tra địa chỉ và mục `items`; nếu đúng, báo đơn vị quản lý hệ thống. Trung tâm tự thử lại."),
        ),
        "push.signature": Words(
            _("Thông điệp không được nhận: {reason}."),
            _("Ký theo Standard Webhooks bằng khoá của nguồn; kiểm tra đồng hồ của máy gửi."),
            401,
        ),
        "push.body": Words(
            _("Nội dung thông điệp không dùng được: {reason}."),
            _("Gửi JSON: một đối tượng hoặc danh sách đối tượng."),
            422,
        ),
        "push.too_large": Words(
            _("Thông điệp lớn hơn {most} MB."), _("Chia thành nhiều thông điệp nhỏ, hoặc gửi tệp qua /loads."), 413
        ),
        "push.busy": Words(
            _("Trung tâm đang có quá nhiều dữ liệu chờ ghi."), _("Gửi lại thông điệp sau {seconds} giây."), 503
        ),
        "load.unknown": Words(_("Không có lần nạp số {load}."), _("Xem danh sách lần nạp của nguồn rồi thử lại."), 404),
        "load.withdrawn": Words(_("Lần nạp {load} đã bị rút."), _("Gửi lại tệp để tạo một lần nạp mới."), 409),
        "withdraw.reason": Words(_("Chưa ghi lý do rút lần nạp."), _("Ghi lý do; lý do được lưu trong nhật ký."), 422),
        "load.outside": Words(
            _("Lần nạp {load} có dòng của đơn vị nằm ngoài phạm vi của tài khoản này."),
            _("Nhờ người của cấp trên xem các dòng bị loại, hoặc rút lần nạp này."),
            403,
        ),
        "load.not_withdrawable": Words(
            _("Lần nạp {load} chưa xong (trạng thái {state}) nên chưa rút được."),
            _("Chạy cho xong lần nạp này rồi rút."),
            409,
        ),
        "load.stuck": Words(
            _("Lần nạp {load} ({filename}) của nguồn {source} dừng giữa chừng sau {chunks} phần."),
            _(
                "Nạp tệp bất kỳ vào nguồn này, hoặc nạp lại chính tệp này: lần nạp dở sẽ được làm nốt, "
                "không nạp hai lần."
            ),
        ),
        "load.unexpected": Words(
            _("Lần nạp {load} ({filename}) dừng vì một lỗi chưa lường trước: {error}."),
            _("Lỗi đã được ghi lại; báo quản trị viên kèm tệp này. Các tệp khác của nguồn vẫn nạp được."),
            500,
        ),
        "load.file_gone": Words(
            _("Tệp gốc của lần nạp {load} ({filename}) không còn nguyên vẹn trong kho tệp."),
            _("Gửi lại tệp có SHA-256 {sha256}, lần nạp sẽ chạy tiếp từ chỗ dở."),
            409,
        ),
        "load.again": Words(
            _(
                "Tệp này đã được nạp ở lần {earlier}; các dòng đã nhận khi đó được tính là trùng, "
                "chỉ những dòng bị loại được thử lại."
            ),
            _("Dòng nào vẫn bị loại thì tải về, sửa rồi nạp lại; ngoài ra không cần làm gì."),
        ),
        "disk.full": Words(
            _("Hết chỗ trên đĩa khi ghi {path}."),
            _("Giải phóng dung lượng đĩa rồi chạy lại lần nạp; phần đã nhận được giữ nguyên, không bị nạp hai lần."),
            507,
        ),
        # Files
        "file.missing": Words(_("Không tìm thấy tệp {path}."), _("Kiểm tra đường dẫn và tên tệp."), 404),
        "file.folder": Words(
            _("{path} là một thư mục, không phải tệp."), _("Ghi đường dẫn tới từng tệp trong thư mục đó.")
        ),
        "file.unreadable": Words(
            _("Không đọc được tệp {path}: {reason}."),
            _("Cấp quyền đọc tệp này cho tài khoản đang chạy Toàn Cảnh, hoặc chép tệp sang chỗ khác rồi nạp lại."),
        ),
        "file.empty": Words(
            _("Tệp {name} rỗng (0 byte hoặc chỉ có khoảng trắng)."), _("Xuất lại tệp từ hệ thống nguồn.")
        ),
        "file.header_only": Words(
            _("Tệp {name} chỉ có dòng tiêu đề, không có dòng dữ liệu nào."),
            _(
                "Xuất lại tệp có dữ liệu; nếu bảng bắt đầu ở dòng khác, ghi `header = số dòng` trong "
                "phần [file] của mapping."
            ),
        ),
        "file.disguised": Words(
            _("Tệp {name} mang đuôi {says} nhưng thật ra là {really}."),
            _(
                "Mở tệp bằng đúng chương trình rồi lưu lại thành CSV UTF-8 hoặc XLSX; hoặc đổi đuôi "
                "tệp cho đúng nội dung."
            ),
        ),
        "file.format": Words(
            _("Tệp {name} là {really}, còn mapping đọc {wanted}."),
            _("Gửi tệp đúng định dạng; hoặc sửa hay bỏ `format` trong [file] của mapping."),
        ),
        "file.unsupported": Words(
            _("Tệp {name} là {really}, không phải định dạng nạp được."),
            _("Dùng CSV, XLSX, XLS, ODS, JSON, JSON lines hoặc Parquet."),
        ),
        "file.locked": Words(
            _("Tệp {name} đặt mật khẩu nên không đọc được."), _("Bỏ mật khẩu (Lưu thành… không mã hoá) rồi nạp lại.")
        ),
        "file.broken": Words(
            _("Tệp {name} hỏng, không đọc được như {kind}: {reason}."), _("Xuất hoặc tải lại tệp rồi nạp lại.")
        ),
        "file.encoding": Words(
            _("Tệp {name} dùng bảng mã {encoding}, không phải Unicode."),
            _(
                "Chuyển sang Unicode dựng sẵn (UniKey: Ctrl+Shift+F6) và lưu UTF-8; hoặc ghi "
                '`encoding = "{option}"` trong [file] của mapping.'
            ),
        ),
        "file.encoding_font": Words(
            _("Chữ trong tệp {name} gõ bằng phông {encoding}, ví dụ “{example}” ở cột “{column}”, không phải Unicode."),
            _(
                "Chuyển mã nội dung sang Unicode dựng sẵn (UniKey: Ctrl+Shift+F6) rồi nạp lại; hoặc "
                'ghi `encoding = "{option}"` trong [file] của mapping.'
            ),
        ),
        "file.encoding_unknown": Words(
            _("Tệp {name} không phải UTF-8 hay UTF-16: dòng {row} có byte {byte} không giải được."),
            _("Lưu lại tệp ở UTF-8; hoặc ghi đúng bảng mã vào `encoding` trong [file] của mapping."),
        ),
        "file.nul": Words(
            _("Tệp {name} có ký tự NUL (byte 00) ở dòng {row}: tệp bị hỏng hoặc không phải văn bản."),
            _("Xuất lại tệp từ hệ thống nguồn."),
        ),
        "file.quote": Words(
            _("Dòng {row} của tệp {name} mở dấu nháy kép mà không đóng."),
            _('Thêm dấu nháy đóng, hoặc viết dấu nháy trong nội dung thành hai dấu ("").'),
        ),
        "file.too_large": Words(
            _("Tệp {name} giải nén ra {size} MB, quá lớn để đọc (nhiều nhất {limit} MB)."),
            _("Chia bảng thành nhiều tệp, hoặc lưu thành CSV hay Parquet."),
        ),
        "file.too_far": Words(
            _("Tệp {name} có trang tính ({sheet}) trải tới tận ô {cell}, quá rộng để đọc."),
            _("Xoá các ô nằm xa bảng (chọn hàng và cột thừa, Xoá) rồi lưu lại; hoặc lưu thành CSV hay Parquet."),
        ),
        "file.header_absent": Words(
            _("Tệp {name} chỉ có {rows} dòng, không có dòng tiêu đề thứ {header}."),
            _("Sửa `header` trong [file] của mapping cho đúng dòng tiêu đề, đếm từ 1."),
        ),
        "file.headers_duplicate": Words(
            _("Tiêu đề cột bị lặp trong tệp {name}: {names}."), _("Đặt cho mỗi cột một tên riêng rồi nạp lại.")
        ),
        "file.header_merged": Words(
            _("Dòng tiêu đề {row} của tệp {name} có ô gộp: {ranges}."),
            _(
                "Bỏ gộp ô và ghi tên từng cột; hoặc nếu tiêu đề có nhiều dòng hay nằm dưới, ghi "
                "`header = [{row}, {next}]` hoặc `header = {next}` trong [file] của mapping."
            ),
        ),
        "file.columns_missing": Words(
            _("Tệp {name} thiếu cột bắt buộc: {missing}. Các cột đang có: {present}."),
            _("Thêm cột còn thiếu, hoặc dùng mapping chỉ ra cột nào của tệp là trường nào{guess}."),
        ),
        "file.columns_ignored": Words(
            _("Cột không dùng tới, đã bỏ qua: {names}."),
            _("Không cần làm gì; nếu cần cột này, khai báo nó trong mapping."),
        ),
        "file.columns_nested": Words(
            _("Trong tệp {name}, trường {fields} chứa một đối tượng {{...}} chứ không phải một giá trị: {columns}."),
            _("Ghi thẳng giá trị vào trường này, hoặc dùng mapping chỉ ra cột bên trong nào là trường ấy."),
        ),
        "file.sheet_unknown": Words(
            _("Tệp {name} không có trang tính “{sheet}”. Các trang: {sheets}."),
            _("Sửa `sheet` trong [file] của mapping: tên trang hoặc số thứ tự từ 1."),
        ),
        "file.sheet_chosen": Words(
            _("Tệp có nhiều trang tính ({sheets}); đã đọc trang “{sheet}”."),
            _("Muốn đọc trang khác, ghi `sheet` trong [file] của mapping."),
        ),
        "file.items_missing": Words(
            _("Tệp JSON {name} không có danh sách bản ghi{at}."),
            _(
                'Gửi một mảng [...], một đối tượng có {{"items": [...]}}, hoặc ghi đường dẫn vào '
                "`items` trong [file] của mapping."
            ),
        ),
        # Rows and cells
        "row.columns": Words(
            _("Dòng có {actual} ô trong khi tiêu đề có {expected} cột."),
            _("Kiểm tra dấu phân cách thừa hoặc thiếu; ô có chứa dấu phân cách phải đặt trong dấu nháy kép."),
        ),
        "rows.future": Words(
            _("{rows} dòng có thời điểm (`{field}`) ở tương lai; dòng đầu tiên là dòng {row}: {value}."),
            _(
                "Các dòng này đã được nhận. Kiểm tra năm, có đảo ngày và tháng không, đồng hồ và múi giờ của nguồn; "
                "nếu sai thì rút lần nạp, sửa rồi nạp lại."
            ),
        ),
        "replay.from": Words(
            _("“{value}” không phải là một thời điểm đã qua."),
            _("Chọn ngày và giờ, hoặc viết 15/11/2026 08:30, 2026-11-15T08:30."),
        ),
        "row.json": Words(_("Dòng không phải là JSON hợp lệ: {reason}."), _("Sửa lại dòng này theo cú pháp JSON.")),
        "row.json_twice": Words(
            _("Đối tượng JSON ghi khoá `{key}` hai lần nên không rõ giá trị nào đúng."),
            _("Bỏ bớt một trong hai rồi nạp lại dòng này."),
        ),
        "row.not_object": Words(
            _("Phần tử không phải là một đối tượng {{...}} mà là “{value}”."),
            _("Mỗi bản ghi phải là một đối tượng JSON."),
        ),
        "cell.required": Words(_("Ô bắt buộc bị bỏ trống."), _("Điền giá trị cho ô này.")),
        "cell.letter": Words(
            _("Ô chứa ký tự không lưu được (NUL hoặc một nửa ký tự): “{text}”."),
            _("Viết lại ô này bằng chữ Unicode; hoặc xuất lại tệp từ hệ thống nguồn."),
        ),
        "cell.merged": Words(
            _("Ô nằm trong vùng gộp {range} nên không rõ giá trị thuộc dòng nào."),
            _("Bỏ gộp ô và điền giá trị cho từng dòng."),
        ),
        "cell.object": Words(
            _("Ô chứa một đối tượng, danh sách hay dữ liệu nhị phân chứ không phải một giá trị: {object}."),
            _("Ghi thẳng giá trị vào ô này, hoặc dùng mapping chỉ ra cột bên trong nào là trường này."),
        ),
        "cell.formula": Words(
            _("Ô chứa công thức {formula} nhưng tệp không lưu kết quả."),
            _("Mở bằng Excel hoặc LibreOffice, để tính lại rồi lưu; hoặc dán giá trị thay công thức."),
        ),
        "cell.error": Words(_("Ô chứa lỗi {error} của bảng tính."), _("Sửa công thức bị lỗi trong tệp rồi nạp lại.")),
        "number.malformed": Words(
            _("“{value}” không phải là số."),
            _("Viết số như 1265362, 1.265.362 hoặc 95,99, không kèm chữ và đơn vị tính."),
        ),
        "number.ambiguous": Words(
            _("Không rõ “{value}” là số có dấu phân cách hàng nghìn hay số thập phân."),
            _(
                'Ghi `decimal = ","` (kiểu Việt Nam) hoặc `decimal = "."` trong [file] của mapping, '
                "hoặc viết số không có dấu."
            ),
        ),
        "number.not_whole": Words(_("“{value}” không phải là số nguyên."), _("Điền một số nguyên.")),
        "number.too_large": Words(
            _("Số “{value}” quá lớn."), _("Kiểm tra lại số; giá trị nguyên lớn nhất là 9.223.372.036.854.775.807.")
        ),
        "number.below": Words(
            _("{value} nhỏ hơn mức thấp nhất cho phép là {minimum}."), _("Kiểm tra lại số này ở nơi lập số liệu.")
        ),
        "date.malformed": Words(_("“{value}” không phải là ngày."), _("Viết ngày dạng {expected}.")),
        "date.impossible_month": Words(
            _("“{value}” không phải là ngày có thật: không có tháng {month}."),
            _("Viết ngày dạng {expected}; kiểm tra có đảo ngày và tháng không."),
        ),
        "date.impossible": Words(
            _("“{value}” không phải là ngày có thật: tháng {month} năm {year} không có ngày {day}."),
            _("Viết ngày dạng {expected}."),
        ),
        "date.year": Words(
            _("Năm {year} trong “{value}” không hợp lý."), _("Viết năm đủ bốn chữ số, từ 1900 đến 2199.")
        ),
        "time.malformed": Words(_("“{value}” không phải là thời điểm."), _("Viết thời điểm dạng {expected}.")),
        "time.impossible": Words(
            _("“{value}” không phải là giờ có thật."), _("Giờ từ 00:00:00 đến 23:59:59, múi giờ như +07:00.")
        ),
        "boolean.malformed": Words(
            _("“{value}” không phải là có hoặc không."), _("Viết một trong: true, false, 1, 0, có, không, x.")
        ),
        "code.unknown": Words(
            _("Mã “{value}” không nằm trong danh mục: {allowed}."),
            _("Dùng một mã trong danh mục, hoặc khai báo cách đổi mã trong mapping."),
        ),
        "unit.outside": Words(
            _("Đơn vị {name} ({unit}), ngày {day}, nằm ngoài phạm vi của tài khoản gửi tệp."),
            _("Kiểm tra mã đơn vị và ngày; nếu đúng, nhờ người của đơn vị đó hoặc của cấp trên gửi dòng này."),
        ),
        "record.outside": Words(
            _("Bản ghi {record} đang thuộc một đơn vị nằm ngoài phạm vi của tài khoản gửi tệp."),
            _("Kiểm tra mã; nếu đúng, nhờ đơn vị đang giữ bản ghi này hoặc người của cấp trên gửi thay đổi."),
        ),
        "unit.no_day": Words(
            _("Không biết ngày ({field}) để xác định đơn vị “{value}”."),
            _("Điền ngày hợp lệ vào trường {field} của dòng này."),
        ),
        # Mappings
        "mapping.unknown": Words(
            _("Không có mapping `{name}`."),
            _("Các mapping đang có: {known}. Trên dòng lệnh có thể chỉ thẳng đường dẫn tới tệp .toml."),
            404,
        ),
        "mapping.unreadable": Words(
            _("Không đọc được mapping {path}: {reason}."),
            _("Cấp quyền đọc tệp này cho tài khoản đang chạy Toàn Cảnh, hoặc chép tệp sang chỗ khác rồi nạp lại."),
        ),
        "mapping.encoding": Words(
            _("Mapping {path} không phải UTF-8: dòng {line} có byte {byte} không giải được."),
            _("Mở mapping bằng trình soạn thảo rồi lưu lại ở UTF-8."),
        ),
        "mapping.unit_unknown": Words(
            _("Mapping {name}{line}: không có đơn vị `{unit}` để gán cho đơn vị chưa biết."),
            _("Sửa `unknown` của trường `{field}`, hoặc khai báo đơn vị này trong một bảng [[unit]] của mapping."),
        ),
        "mapping.syntax": Words(
            _("Mapping {name} sai cú pháp TOML: {reason}."), _("Sửa dòng được nêu theo cú pháp TOML.")
        ),
        "mapping.key_unknown": Words(
            _("Mapping {name}{line}: không có khoá `{key}`."), _("Các khoá dùng được ở đây: {known}.")
        ),
        "mapping.value": Words(
            _("Mapping {name}{line}: giá trị của `{key}` không dùng được: {value}."), _("Cần: {expected}.")
        ),
        "mapping.field_unknown": Words(
            _("Mapping {name}{line}: loại bản ghi `{record_type}` không có trường `{field}`."),
            _("Các trường: {known}."),
        ),
        "mapping.record_type": Words(
            _("Mapping {name} dành cho loại bản ghi `{record_type}`, còn nguồn nhận `{expected}`."),
            _("Chọn mapping khác hoặc nguồn khác."),
        ),
        "mapping.group_differs": Words(
            _("Các dòng được gom nhóm theo {group}, nhưng mã đối tượng lấy từ {subject}."),
            _("Nếu một đối tượng là một nhóm, ghi cùng các cột ấy: `order_within` và `group` nhận danh sách cột."),
        ),
        "mapping.columns_absent": Words(
            _("Mapping {name} cần các cột không có trong tệp: {missing}. Các cột của tệp: {present}."),
            _("Sửa tên cột trong mapping cho đúng tiêu đề của tệp{guess}."),
        ),
    }
)
