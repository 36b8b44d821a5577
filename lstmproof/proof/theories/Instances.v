(* The one script for every cell: equations between plain expressions, to which the hypotheses of Gradient.gradient
   compute (Gradient.compute_nodes).

   A generated instance states everything in plain functions of a step and of positions, such as  v_h e t i.  The
   tactics below close what is left; there is no search beyond pairing equal sums. *)

From Coq Require Import Reals Lra.
From LstmProof Require Import Functions Sums.
Open Scope R_scope.

(* A condition of smoothness: trivial, or one of the premises that `premise` applies. *)
Ltac condition premise :=
  repeat match goal with |- _ /\ _ => split | |- True => exact I | |- everywhere _ => exact I end; premise.

(* Divisors in an equation between derivatives: what a premise says, or a number. *)
Ltac nonzero := repeat match goal with |- _ /\ _ => split end;
  first [ assumption | lra | match goal with H : _ |- _ => eapply H; eassumption end
        | match goal with H : _ |- _ => eapply Rgt_not_eq, H; eassumption end ].

(* Equality of two expressions without sums to pair; `rewrite_values` writes saved values out. *)
Ltac leaf rewrite_values :=
  first [ reflexivity | ring
        | rewrite_values; unfold Rdiv; first [ ring | field; nonzero ] ].

(* A sum whose terms have a factor 0: of a value that no error reaches. *)
Ltac vanish := repeat match goal with |- context [sum_over ?n ?f] => match f with context [0 * _] =>
  rewrite (sum_over_vanishes n f) by (intros; cbv beta; vanish; ring) end end.

(* Equality of two sums of products and of sums: each sum on the right is paired with an equal one on the left. *)
Ltac pair_sums rewrite_values :=
  first [ reflexivity
        | match goal with |- ?L = ?R => match R with context [sum_over ?n ?g] =>
            lazymatch L with context [sum_over n g] => fail | _ =>
              match L with context [sum_over n ?f] => lazymatch R with context [sum_over n f] => fail | _ =>
                replace (sum_over n g) with (sum_over n f) by (apply sum_over_ext; intros; pair_sums rewrite_values)
              end end
            end end end; pair_sums rewrite_values
        | solve [leaf rewrite_values] ].

Ltac equal rewrite_values := vanish; pair_sums rewrite_values.
