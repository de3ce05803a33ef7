"""Problems on screen: a page for people, an RFC 9457 document for programs, in the caller's language."""

from collections.abc import Callable
from typing import Any

import structlog
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _

from toancanh.access.gates import for_programs
from toancanh.base.home import current
from toancanh.base.problems import Problem
from toancanh.warehouse.errors import is_full

log = structlog.get_logger()


class ProblemMiddleware:
    """Turns problems raised by pages into pages, and what the API refuses before it asks us into documents."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Pass the request on; a method that the API does not take is a problem like all else."""
        response = self.get_response(request)
        if response.status_code != 405 or not for_programs(request):
            return response
        refusal = respond(request, Problem("api.method", method=request.method, allowed=response["Allow"]))
        refusal["Allow"] = response["Allow"]
        return refusal

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        """Answer a problem, a full disk whoever met it; anything else goes on to the server-error page."""
        if is_full(error):
            error = Problem("disk.full", path=str(current().path))
        return respond(request, error) if isinstance(error, Problem) else None


def respond(request: HttpRequest, problem: Problem) -> HttpResponse:
    """The answer to a request that met a problem."""
    if for_programs(request):
        return as_document(request, problem)
    explanation = problem.explain()
    return render(
        request,
        "screens/problem.html",
        {
            "status": problem.status,
            "where": problem.where,
            "what": explanation.what,
            "remedy": explanation.remedy,
            "back": _back(request),
        },
        status=problem.status,
    )


def _back(request: HttpRequest) -> str:
    """The page of ours that the visitor came from; empty where there is none."""
    came = request.headers.get("Referer", "")
    ours = url_has_allowed_host_and_scheme(came, {request.get_host()}, request.is_secure())
    return came if ours and came != request.build_absolute_uri() else ""


def as_document(request: HttpRequest, problem: Problem) -> HttpResponse:
    """RFC 9457 problem details."""
    explanation = problem.explain()
    body = {
        "type": f"urn:toancanh:problem:{problem.code}",
        "title": explanation.what,
        "status": problem.status,
        "detail": explanation.remedy,
        "instance": request.path,
    }
    if problem.where:
        body["where"] = problem.where
    response = JsonResponse(body, status=problem.status, json_dumps_params={"ensure_ascii": False})
    response["Content-Type"] = "application/problem+json"
    if problem.status == 401:
        response["WWW-Authenticate"] = 'Basic realm="Toan Canh", charset="UTF-8"'
    return response


def not_found(request: HttpRequest, exception: Http404 | None = None) -> HttpResponse:
    """Nothing at this address."""
    return respond(request, Problem("api.not_found" if for_programs(request) else "access.outside"))


def forbidden(request: HttpRequest, exception: Any = None, reason: str = "") -> HttpResponse:
    """A form that came without its token."""
    what = _("Biểu mẫu đã hết hiệu lực hoặc không đến từ trang này.")
    return render(
        request,
        "screens/problem.html",
        {"status": 403, "what": what, "remedy": _("Tải lại trang rồi gửi lại.")},
        status=403,
    )


def server_error(request: HttpRequest) -> HttpResponse:
    """Our own fault; said so, without details."""
    what = _("Hệ thống gặp lỗi khi xử lý yêu cầu này; lỗi đã được ghi lại.")
    remedy = _("Thử lại sau ít phút; nếu vẫn lỗi, báo quản trị viên chạy `toancanh doctor`.")
    if for_programs(request):
        return JsonResponse(
            {"type": "about:blank", "title": what, "status": 500, "detail": remedy},
            status=500,
            content_type="application/problem+json",
            json_dumps_params={"ensure_ascii": False},
        )
    # Without the request: the frame of a page asks the database, which may be the very thing that failed.
    return HttpResponse(render_to_string("screens/server_error.html", {"what": what, "remedy": remedy}), status=500)
