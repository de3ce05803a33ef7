"""The words of every problem a connector can have: what is wrong and how to mend it."""

from django.utils.translation import gettext_lazy as _

from toancanh.base.problems import Words, register

register(
    {
        # How it was set up
        "connector.unknown": Words(
            _("Không có loại đầu nối `{kind}`."), _("Ghi vào `kind` một trong các loại: {known}.")
        ),
        "connector.option": Words(
            _("Mục `{option}` của đầu nối {reason}."), _("Sửa mục này trong cấu hình của nguồn rồi thử lại.")
        ),
        "connector.no_replay": Words(
            _("Đầu nối loại `{kind}` không đọc lại được từ một thời điểm."),
            _("Nhờ hệ thống nguồn gửi lại, hoặc xuất dữ liệu ra tệp rồi nạp tệp đó."),
            409,
        ),
        # The line to it
        "connector.unreachable": Words(
            _("Không nối được tới {place}: {reason}."),
            _("Kiểm tra địa chỉ, cổng, tường lửa và máy đó có đang chạy không; hệ thống sẽ tự thử lại."),
            502,
        ),
        "connector.timeout": Words(
            _("{place} không trả lời trong {seconds} giây."),
            _("Kiểm tra đường truyền và máy đó; nếu nó vốn chậm, tăng `timeout`. Hệ thống sẽ tự thử lại."),
            504,
        ),
        "connector.cut": Words(
            _("Đường nối tới {place} bị đứt: {reason}."),
            _("Phần đã nhận được giữ nguyên, phần còn lại sẽ được lấy ở lần sau; nếu lặp lại, kiểm tra đường truyền."),
            502,
        ),
        "connector.refused": Words(
            _("{place} không cho tài khoản “{user}” vào: {reason}."),
            _("Kiểm tra tên, mật khẩu hoặc khoá, và quyền của tài khoản đó ở hệ thống nguồn."),
            502,
        ),
        "connector.certificate": Words(
            _("Không tin được chứng thư của {place}: {reason}."),
            _(
                "Kiểm tra tên máy và hạn của chứng thư; nếu đơn vị tự cấp chứng thư, dán chứng thư gốc (PEM) "
                "vào `authority`."
            ),
            502,
        ),
        "connector.host_key": Words(
            _("Chưa biết khoá của máy {place}; máy này đưa ra khoá {shown}."),
            _("Hỏi người quản trị máy đó; nếu đúng là khoá của họ, ghi `{shown}` vào `host_key`."),
        ),
        "connector.host_key_changed": Words(
            _("{place} đưa ra khoá {shown}, khác với khoá đã khai báo {told}."),
            _(
                "Có thể đó là một máy khác giả danh: hỏi người quản trị máy trước; chỉ khi họ xác nhận mới sửa "
                "`host_key`."
            ),
            502,
        ),
        # What lies there
        "connector.path": Words(
            _("Không xem được thư mục {path} của {place}: {reason}."),
            _("Kiểm tra đường dẫn, và quyền đọc thư mục của tài khoản đang dùng."),
            502,
        ),
        "connector.file": Words(
            _("Không đọc được tệp {name} của {place}: {reason}."),
            _("Kiểm tra tệp này và quyền đọc nó; các tệp khác vẫn được lấy, tệp này sẽ được thử lại ở lần sau."),
            502,
        ),
        "connector.files": Words(
            _("Không đọc được {count} tệp của {place}, trong đó có {names}; tệp đầu tiên: {reason}."),
            _("Kiểm tra các tệp này và quyền đọc chúng; các tệp khác vẫn được lấy, chúng sẽ được thử lại ở lần sau."),
            502,
        ),
        "connector.query": Words(
            _("Câu truy vấn tới {place} không chạy được: {reason}."),
            _("Sửa `query` của nguồn; thử câu đó bằng chính tài khoản này ở hệ thống nguồn."),
        ),
    }
)
