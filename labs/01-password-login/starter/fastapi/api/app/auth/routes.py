"""Sign-up and sign-in."""

from fastapi import APIRouter, Request

from app.auth.deps import AuthDeps
from app.auth.models import Registered, Registration, SignIn, Token
from app.auth.password import hash_password, verify_password
from app.auth.policy import check_password
from app.http.body import JsonRoute
from app.http.problem import Problem
from app.log import log


def create_auth_router(deps: AuthDeps) -> APIRouter:
    accounts, sessions = deps.accounts, deps.sessions
    router = APIRouter(route_class=JsonRoute)

    @router.post("/register", status_code=201)
    async def register(body: Registration) -> Registered:
        check_password(body.password)
        account = await accounts.add(
            email=body.email, display_name=body.display_name, password_hash=hash_password(body.password)
        )
        if account is None:
            raise Problem(409, "email_taken", "This e-mail address has an account already")
        return Registered(**account.model_dump(exclude={"org_id"}))

    @router.post("/login")
    async def login(body: SignIn, request: Request) -> Token:
        request_id = request.state.request_id
        found = await accounts.find_by_email(body.email)
        if found is None:
            raise Problem(404, "unknown_account", "There is no account with this e-mail address")
        if found.disabled:
            raise Problem(403, "account_disabled", "This account is disabled")
        if not verify_password(body.password, found.password_hash):
            log.info("login failed", event="login_failed", requestId=request_id, userId=found.account.id)
            raise Problem(401, "invalid_credentials", "The password is wrong")

        token = await sessions.open(found.account.id)
        log.info("login", event="login", requestId=request_id, userId=found.account.id)
        return token

    return router
